"""The layout of pictures: positions of boxes, and routes of lines."""
