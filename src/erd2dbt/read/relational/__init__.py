"""Tables, columns and keys as databases define them: shared by SQL, DBML, a catalog and dbt's properties."""
