"""Tables, columns and keys as databases know them: what SQL, DBML, a catalog and dbt's properties all say."""
