"""Keys and undeclared links, found in the rows: names propose them, a bounded number of questions decides."""
