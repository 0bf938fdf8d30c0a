"""erd2dbt: an approved entity-relationship diagram in, a proved and complete dbt project out."""

__version__ = "0.1.0"
