"""`flask recount-leaderboards`: all totals counted anew."""

from datetime import UTC, datetime

import click
from flask import Flask

from app.commands.refusals import plainly
from app.domain import leaderboards
from app.parts import Parts


def install(app: Flask, parts: Parts) -> None:
    @app.cli.command("recount-leaderboards", with_appcontext=False)
    @plainly()
    def run() -> None:
        """Count all output anew, for what was stored, changed or deleted past the drain."""
        with parts.database.transaction() as session:
            leaderboards.recount(session, now=datetime.now(UTC))
        click.echo("the leaderboards are counted anew; the drain copies them within seconds")
