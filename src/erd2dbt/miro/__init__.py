"""Miro's REST API: a board read, and a diagram drawn on it."""
