"""Reads the spec language: YAML text to an `Erd`."""
