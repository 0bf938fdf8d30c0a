"""Shared by all readers of text: places, signs of a notation, and the account of what was read."""
