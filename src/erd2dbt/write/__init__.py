"""Writing a generated project: each file's fate is decided first, then all is written, or nothing is."""
