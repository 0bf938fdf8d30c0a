"""From a diagram as drawn to a spec that people review: what is sure, what is assumed, what they have to decide."""
