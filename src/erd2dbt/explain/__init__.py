"""Derivations, claims and lineage explained: as values, as text for people, and as data for machines."""
