"""A star schema derived from entities and links: facts, dimensions and bridges, as models of the spec language."""
