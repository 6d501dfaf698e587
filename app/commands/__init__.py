"""What a shell can ask for."""

from flask import Flask

from app.parts import Parts


def install(app: Flask, parts: Parts) -> None:
    """Add the commands to the application's command line."""
