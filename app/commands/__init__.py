"""What a shell can ask for."""

from flask import Flask

from app.commands import (
    accounts,
    cache,
    drain,
    function,
    leaderboards,
    replay,
    schema,
    seed,
    simulate,
)
from app.parts import Parts


def install(app: Flask, parts: Parts) -> None:
    """Add the commands to the application's command line."""
    for command in (accounts, cache, drain, function, leaderboards, replay, schema, seed, simulate):
        command.install(app, parts)
