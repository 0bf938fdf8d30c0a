"""Faults as values with a place, their codes, and repairs to paste."""
