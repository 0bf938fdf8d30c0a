"""The spec language: YAML text to an `Erd`."""
