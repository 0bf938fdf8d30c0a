"""Readers, one room for each notation; each turns text into an `Erd` or a `Diagram`."""
