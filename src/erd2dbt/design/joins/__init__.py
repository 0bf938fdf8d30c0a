"""How the inputs of a model are joined: chains of links, the rows of the model, and the proof of its grain."""
