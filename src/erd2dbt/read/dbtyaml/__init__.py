"""Reads dbt's properties files as tables."""
