"""What the engineer sees: logs and probes."""
