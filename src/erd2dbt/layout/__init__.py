"""Pictures laid out: where boxes stand and how lines run between them."""
