"""Diagrams and drafts written: as spec text, in Miro's diagram language, as Mermaid."""
