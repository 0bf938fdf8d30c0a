"""Expressions of the language tried on several engines, and their values compared with PostgreSQL's."""
