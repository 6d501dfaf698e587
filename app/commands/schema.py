"""`flask migrate` and `rebuild-rollups`: the schema of this code, and what is summed up in it."""

from datetime import datetime

import click
from flask import Flask

from app.commands.moments import Moment
from app.commands.refusals import plainly
from app.domain import telemetry
from app.models.schema import migrate
from app.parts import Parts


def install(app: Flask, parts: Parts) -> None:
    @app.cli.command("migrate", with_appcontext=False)
    @plainly()
    def run() -> None:
        """Bring the database to the schema of this code; two at once wait for each other."""
        migrate(parts.database.engine)
        _sum_up(parts)
        click.echo("the database has the schema of this code")

    @app.cli.command("rebuild-rollups", with_appcontext=False)
    @click.option("--since", type=Moment(), required=True, help="From its day (of UTC) on.")
    @plainly()
    def rebuild(since: datetime) -> None:
        """Sum up anew what reports and long charts read.

        It is kept with each row that is stored; this is for rows that were changed or deleted by
        hand. A day without any rows is left alone.
        """
        with parts.database.transaction() as session:
            telemetry.owe_rollups(session, since=since)
        _sum_up(parts)


def _sum_up(parts: Parts) -> None:
    """A day at a time, each in a transaction of its own; what is interrupted goes on next time."""
    while True:
        with parts.database.transaction() as session:
            done = telemetry.sum_up_a_day(session)
        if done is None:
            return
        click.echo(f"{done.day} is summed up, {done.left} days are left")
