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
    tokens,
)
from app.parts import Parts


def install(app: Flask, parts: Parts) -> None:
    """Add the commands to the application's command line."""
    people = (accounts, tokens)
    plant = (drain, leaderboards, replay, schema, seed, simulate)
    for command in (*people, *plant, cache, function):
        command.install(app, parts)
