"""The grain calculus: what is known of a relation's rows, and what each operator leaves of it. Knows no YAML, no SQL."""
