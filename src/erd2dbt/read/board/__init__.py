"""Reads Miro boards: an export becomes items and connectors, and these become a diagram."""
