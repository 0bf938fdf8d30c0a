"""Columns of models: what each formula becomes, in which select it stands, and whether its aggregates add up."""
