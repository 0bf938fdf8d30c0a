"""Handles dbt projects with existing models: surveys their files, and moves descriptions into generated files."""
