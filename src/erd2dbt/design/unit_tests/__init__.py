"""The unit test of a model: few rows of each input that a fan-out would multiply, and what must come out of them."""
