"""Plans as values: the selects of a model, its proof, and the claims it relies on."""
