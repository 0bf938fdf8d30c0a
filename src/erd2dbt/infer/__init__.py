"""Derivations read off a diagram: what the columns of a drawn model are made of, as spec text for people to review."""
