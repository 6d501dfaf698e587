"""The code of the function in the VPC, brought there by `flask deploy-function`: what runs here."""

import click
from flask import Flask

from app.commands.function.packing import packed
from app.commands.function.uploading import NoFunction, upload
from app.commands.refusals import plainly
from app.parts import Parts


def install(app: Flask, parts: Parts) -> None:
    @app.cli.command("deploy-function", with_appcontext=False)
    @plainly()
    def deploy() -> None:
        """Bring the function that lands messages of SQS the code that runs here."""
        if parts.config.ingest_function is None:
            raise NoFunction
        package = packed()
        changed = upload(package, parts.config.ingest_function)
        size = f"{len(package) / 1_000_000:.1f} MB"
        click.echo(f"the function has {'new code' if changed else 'this code already'}, {size}")
