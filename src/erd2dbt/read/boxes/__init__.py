"""What the lines of a drawn box say: columns, types, key marks, derivations."""
