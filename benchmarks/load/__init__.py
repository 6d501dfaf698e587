"""A whole instance under load: floor screens, people and gateways, and a count at the end."""
