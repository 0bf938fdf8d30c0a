"""Reads boards and draws diagrams through Miro's REST API."""
