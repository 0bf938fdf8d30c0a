"""Running things: a PostgreSQL, the sample data in it, dbt on top, and what each of them found wrong."""
