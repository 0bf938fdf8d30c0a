"""SQL read back into the operators of the grain calculus: what its rows are unique by, and what multiplies them."""
