"""Columns of models: the expression of each formula, the select it is in, and whether its aggregates are additive."""
