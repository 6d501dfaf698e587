"""A gateway that is played: what it knows of its plant, makes up, and sends."""
