"""What was decided, told: derivations, claims and lineage, as values and in the forms that people and machines read."""
