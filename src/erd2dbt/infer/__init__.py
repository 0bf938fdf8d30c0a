"""Infers how the columns of drawn models are computed, as spec text for people to review."""
