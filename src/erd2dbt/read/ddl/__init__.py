"""Reads PostgreSQL's data definition language: scripts written by hand, by tools and by pg_dump."""
