"""What one run leaves for the next one in the user's cache. Without it, every run gives the same and takes longer."""
