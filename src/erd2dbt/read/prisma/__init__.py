"""Prisma's schema language."""
