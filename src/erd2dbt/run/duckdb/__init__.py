"""DuckDB: sessions on a file, loading, the dry run in memory, and the catalog."""
