"""YAML text as nodes with places."""
