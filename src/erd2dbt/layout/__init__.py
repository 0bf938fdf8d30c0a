"""Pictures laid out: the places of boxes, and the lines between them."""
