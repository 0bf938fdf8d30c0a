"""Converts a diagram to a spec for review: certain facts, marked assumptions, and TODOs for decisions."""
