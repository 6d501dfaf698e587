"""`flask migrate`: the database brought to the schema of this code."""

import click
from flask import Flask

from app.commands.refusals import plainly
from app.models.schema import migrate
from app.parts import Parts


def install(app: Flask, parts: Parts) -> None:
    @app.cli.command("migrate", with_appcontext=False)
    @plainly()
    def run() -> None:
        """Bring the database to the schema of this code; two at once wait for each other."""
        migrate(parts.database.engine)
        click.echo("the database has the schema of this code")
