"""The SQL of systems other than PostgreSQL: what each says otherwise, read by the grammar of `ddl`."""
