"""DuckDB as a place to work: sessions on a file, data loaded into it, models tried in memory, its catalog read."""
