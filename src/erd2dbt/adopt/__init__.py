"""A dbt project that has models of its own: what is in it, and what is taken over from it."""
