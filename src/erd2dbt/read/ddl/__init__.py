"""PostgreSQL's data definition language: scripts by hand, by tools and by pg_dump."""
