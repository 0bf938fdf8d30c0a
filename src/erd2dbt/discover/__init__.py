"""Keys and links that nobody drew, found in the rows: names propose them, a bounded number of questions decides."""
