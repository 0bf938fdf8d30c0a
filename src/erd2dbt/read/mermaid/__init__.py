"""Mermaid's `erDiagram`: found in a text, read by Mermaid's own grammar, made a diagram."""
