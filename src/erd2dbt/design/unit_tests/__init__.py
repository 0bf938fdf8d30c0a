"""The unit test of a model: a few rows of each input that a fan-out would duplicate, and the expected result."""
