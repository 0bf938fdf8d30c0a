"""Claims checked in any warehouse that dbt has an adapter for: the same questions, in plain SQL."""
