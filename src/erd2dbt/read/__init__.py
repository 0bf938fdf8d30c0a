"""One module per notation; each turns text into an `Erd`."""
