"""`flask create-user`, `create-gateway` and their kind: who may enter, from the shell."""

from datetime import UTC, datetime

import click
from flask import Flask

from app.commands.prompts import secret
from app.commands.refusals import plainly
from app.domain.accounts import (
    create_operator,
    issue_token,
    named,
    revoke,
    set_active,
    set_password,
    sign_ins,
)
from app.models import ROLES, By, note
from app.parts import Parts
from app.sessions import SessionsAway, SessionStore

LONGEST_NAME = 80


class Name(click.ParamType[str]):
    """A name people read: not empty, on one line, no longer than its column."""

    name = "name"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        name = str(value).strip()
        if not name.isprintable() or not 1 <= len(name) <= LONGEST_NAME:
            self.fail(f"a name is one line of 1 to {LONGEST_NAME} characters", param, ctx)
        return name


def install(app: Flask, parts: Parts) -> None:
    """Add the six commands."""
    store: SessionStore = app.extensions["sessions"]
    people = (
        _set_password(parts, store),
        _close_account(parts, store),
        _end_sessions(parts, store),
    )
    for command in (_create_user(parts), *people, _create_gateway(parts), _revoke_gateway(parts)):
        app.cli.add_command(command)


def _create_user(parts: Parts) -> click.Command:
    @click.command("create-user")
    @click.argument("username")
    @click.option("--name", type=Name(), required=True, help="The name people know them by.")
    @click.option("--role", type=click.Choice(ROLES), required=True)
    @click.option("--plant", required=True, metavar="SLUG")
    @click.option("--password-stdin", is_flag=True, help="Read the password without asking.")
    @plainly()
    def run(username: str, name: str, role: str, plant: str, *, password_stdin: bool) -> None:
        """Make an account for a person; the password is asked for, or read from a pipe."""
        password = secret("Password", from_stdin=password_stdin, twice=True)
        with parts.database.transaction() as session:
            create_operator(
                session, username=username, password=password, name=name, role=role, plant=plant
            )
        click.echo(f"{username} may sign in as {role} of {plant}")

    return run


def _set_password(parts: Parts, store: SessionStore) -> click.Command:
    @click.command("set-password")
    @click.argument("username")
    @click.option("--password-stdin", is_flag=True, help="Read the password without asking.")
    @plainly()
    def run(username: str, *, password_stdin: bool) -> None:
        """Give a person another password, and end all their sessions."""
        password = secret("Password", from_stdin=password_stdin, twice=True)
        with parts.database.transaction() as session:
            operator = set_password(session, username, password)
            ended = sign_ins.revoke_all(session, operator.id)
        _forget(store, operator.id)
        click.echo(f"{username} has another password; {_sessions(ended)} ended")

    return run


def _close_account(parts: Parts, store: SessionStore) -> click.Command:
    @click.command("close-account")
    @click.argument("username")
    @plainly()
    def run(username: str) -> None:
        """Let a person in no more, and end all their sessions; an administrator can open it."""
        with parts.database.transaction() as session:
            operator = named(session, username)
            set_active(session, operator.id, active=False, by=None)
            ended = sign_ins.revoke_all(session, operator.id)
        _forget(store, operator.id)
        click.echo(f"{username} is let in no more; {_sessions(ended)} ended")

    return run


def _end_sessions(parts: Parts, store: SessionStore) -> click.Command:
    @click.command("end-sessions")
    @click.argument("username")
    @plainly()
    def run(username: str) -> None:
        """Sign a person out everywhere; they may sign in again."""
        with parts.database.transaction() as session:
            operator = named(session, username)
            ended = sign_ins.revoke_all(session, operator.id)
        _forget(store, operator.id)
        click.echo(f"{_sessions(ended)} of {username} ended")

    return run


def _forget(store: SessionStore, operator_id: int) -> None:
    """Let the store end them too: it is tidier, and nothing depends on it."""
    try:
        store.end_all(operator_id)
    except SessionsAway:
        click.echo("the cache does not answer: what it holds of them is worth nothing", err=True)


def _sessions(ended: list[str]) -> str:
    return f"{len(ended)} session{'' if len(ended) == 1 else 's'}"


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
