"""Parses the lines of a drawn box: columns, types, key marks and derivations."""
