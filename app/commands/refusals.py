"""What a command cannot do, said in one line."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
import psycopg2.errors
from sqlalchemy.exc import IntegrityError, ProgrammingError

from app import database
from app.domain.accounts import AccountsError


class CannotGoOn(Exception):
    """The base of what ends a command with its own one line."""


@contextmanager
def plainly() -> Iterator[None]:
    """Whatever is refused, or away, ends the command with one line and exit code 1."""
    try:
        yield
    except (CannotGoOn, AccountsError) as refusal:
        raise click.ClickException(str(refusal)) from refusal
    except database.PASSING as fault:
        raise click.ClickException(f"the database does not answer: {_first_line(fault)}") from fault
    except ProgrammingError as fault:
        if not isinstance(fault.orig, psycopg2.errors.UndefinedTable):
            raise
        raise click.ClickException("the database has no tables yet: run `flask migrate`") from fault
    except IntegrityError as fault:
        raise click.ClickException(
            f"somebody else wrote the same just now; run it again ({_first_line(fault)})"
        ) from fault


def _first_line(fault: Exception) -> str:
    cause = getattr(fault, "orig", None) or fault
    return str(cause).strip().partition("\n")[0]
