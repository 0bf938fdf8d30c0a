"""A star schema derived from entities and links: facts, dimensions, bridges, as models that are proved like any other."""
