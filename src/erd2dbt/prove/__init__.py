"""The grain calculus: what is known about rows, and how each operator changes it. It knows no YAML and no SQL text."""
