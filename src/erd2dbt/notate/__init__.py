"""Writes diagrams and drafts as text: as specs, in Miro's diagram language, as Mermaid and others."""
