"""What all readers of text share: places, signs of a notation, and the account of what was read."""
