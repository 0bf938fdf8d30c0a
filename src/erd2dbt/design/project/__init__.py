"""The dbt project as values: files, sources, properties, tests."""
