"""Runs PostgreSQL, the sample data and dbt, and reports what each of them found."""
