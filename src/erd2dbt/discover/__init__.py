"""Finds keys and undeclared links in the rows: names propose them, and a limited number of queries decides."""
