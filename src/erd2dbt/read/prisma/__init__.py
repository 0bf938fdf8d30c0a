"""Reads Prisma's schema language."""
