"""Whole jobs as functions, from bytes to text: generate, draft, redraft, fix."""
