"""`flask create-gateway`, `create-token` and their kind: what enters by a token, from the shell."""

from datetime import UTC, datetime

import click
from flask import Flask

from app.commands.names import Name
from app.commands.refusals import plainly
from app.domain.accounts import (
    LONGEST_LIFE_DAYS,
    issue_token,
    make_token,
    named,
    revoke,
    revoke_token,
)
from app.models import SCOPES, By, note
from app.parts import Parts


def install(app: Flask, parts: Parts) -> None:
    """Add the four commands."""
    gateways = (_create_gateway(parts), _revoke_gateway(parts))
    for command in (*gateways, _create_token(parts), _revoke_token(parts)):
        app.cli.add_command(command)


def _create_gateway(parts: Parts) -> click.Command:
    @click.command("create-gateway")
    @click.argument("name", type=Name())
    @click.option("--plant", required=True, metavar="SLUG")
    @plainly()
    def run(name: str, plant: str) -> None:
        """Print a new token for a gateway; the one it had before is worth nothing then."""
        with parts.database.transaction() as session:
            token = issue_token(session, name=name, plant=plant)
            note(session, "token_renewed", ("gateway", name), by=By(None, datetime.now(UTC)))
        click.echo(token)
        click.echo(f"this is the token of {name}: it is shown this once, keep it safe", err=True)

    return run


def _revoke_gateway(parts: Parts) -> click.Command:
    @click.command("revoke-gateway")
    @click.argument("name", type=Name())
    @plainly()
    def run(name: str) -> None:
        """Let a gateway in no more; `create-gateway` gives it a new token."""
        now = datetime.now(UTC)
        with parts.database.transaction() as session:
            known = revoke(session, name=name, now=now)
            if known:
                note(session, "revoked", ("gateway", name), by=By(None, now))
        if not known:
            raise click.ClickException(f"no gateway is called {name}")
        click.echo(f"{name} is let in no more")

    return run


def _create_token(parts: Parts) -> click.Command:
    @click.command("create-token")
    @click.argument("name", type=Name())
    @click.option("--for", "username", required=True, metavar="USERNAME")
    @click.option("--scope", type=click.Choice(SCOPES), multiple=True, default=("read",))
    @click.option("--plant", metavar="SLUG", help="This plant alone; every plant if not said.")
    @click.option(
        "--days", type=click.IntRange(1, LONGEST_LIFE_DAYS), default=90, show_default=True
    )
    @plainly()
    def run(name: str, username: str, scope: tuple[str, ...], plant: str | None, days: int) -> None:
        """Print a new token for a program that acts for a person; --scope may be said again."""
        with parts.database.transaction() as session:
            operator = named(session, username)
            token, row = make_token(
                session,
                name=name,
                scopes=scope,
                days=days,
                by=operator.id,
                now=datetime.now(UTC),
                plant=plant,
            )
        click.echo(token)
        click.echo(
            f"this is token {row.id}, of {username}: it is shown this once, keep it safe", err=True
        )

    return run


def _revoke_token(parts: Parts) -> click.Command:
    @click.command("revoke-token")
    @click.argument("number", type=click.IntRange(1))
    @plainly()
    def run(number: int) -> None:
        """End a program's token, by the number that it begins with."""
        with parts.database.transaction() as session:
            revoke_token(session, number, now=datetime.now(UTC), by=None, of=None)
        click.echo(f"token {number} opens nothing any more")

    return run
