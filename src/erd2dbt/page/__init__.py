"""A project as one page for a browser: diagrams, proofs, claims and what was found in the data."""
