"""The grain calculus: what is known of a relation's rows, and what operators leave of it. Knows no YAML, no SQL."""
