"""PostgreSQL's data types, and how values of two types compare."""
