"""ClickHouse in the same process (chdb): sessions on a folder, loading, the dry run in memory, and dbt on it."""
