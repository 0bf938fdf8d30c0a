"""Reads PlantUML's entity and class diagrams."""
