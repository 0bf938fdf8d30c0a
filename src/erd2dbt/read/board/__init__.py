"""What a Miro board holds: its exports to items and connectors, and these to a diagram."""
