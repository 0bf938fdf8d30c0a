"""The results of one run for the next one, in the user's cache. Without it, runs are slower but give the same
result."""
