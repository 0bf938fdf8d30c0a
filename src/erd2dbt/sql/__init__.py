"""The seam to sqlglot: expressions parsed, judged, typed and printed as PostgreSQL; identifiers quoted."""
