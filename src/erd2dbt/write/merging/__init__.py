"""Merging a person's text with what is generated: by lines, and YAML by its structure; texts in, texts out."""
