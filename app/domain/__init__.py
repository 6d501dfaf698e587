"""What the plant does; one room per subject, and no room imports another."""
