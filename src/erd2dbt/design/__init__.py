"""Every decision: a checked diagram becomes plans with proofs, and plans become a dbt project as values."""
