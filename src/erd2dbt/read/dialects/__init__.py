"""The SQL of systems other than PostgreSQL: their differences, for the grammar in `ddl`."""
