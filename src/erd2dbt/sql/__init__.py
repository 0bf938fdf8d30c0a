"""The seam to sqlglot: expressions are parsed, checked, typed and printed as PostgreSQL; identifiers are quoted."""
