"""Reads Mermaid's `erDiagram`: finds it in a text, parses it by Mermaid's grammar, and converts it to a diagram."""
