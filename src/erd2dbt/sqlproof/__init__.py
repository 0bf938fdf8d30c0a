"""SQL translated into the operators of the grain calculus: the keys of its rows, and the joins that fan out."""
