"""A shell, and the application behind a real door."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Protocol

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text

from app.domain import telemetry
from app.parts import Parts
from tests.serving import serving

SHORTLY = timedelta(milliseconds=1)


class Shell(Protocol):
    def __call__(self, *args: str, words: str = "") -> Result: ...


@pytest.fixture
def shell(app: Flask) -> Shell:
    """Runs `flask …`; what a command raises unasked fails the test."""

    def run(*args: str, words: str = "") -> Result:
        return app.test_cli_runner().invoke(args=args, input=words, catch_exceptions=False)

    return run


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    """The URL at which the application answers."""
    with serving(app) as url:
        yield url


@pytest.fixture
def drained(parts: Parts) -> Callable[[], int]:
    """Stores what has landed, and says how many rows were new."""

    def rows() -> int:
        both = "SELECT (SELECT count(*) FROM reading) + (SELECT count(*) FROM output)"
        with parts.database.transaction() as session:
            return int(session.scalar(text(both)) or 0)

    def drain() -> int:
        before = rows()
        for stream in parts.landing.streams:
            parts.landing.open(stream)
            entries = parts.landing.take(stream, "test", most=10_000, wait=SHORTLY)
            with parts.database.transaction() as session:
                batches = [(entry.kind, entry.batch) for entry in entries]
                telemetry.store(session, batches)
            parts.landing.done(stream, entries)
        return rows() - before

    return drain


@pytest.fixture
def count(parts: Parts) -> Callable[[str], int]:
    """How many rows a table has, or `table WHERE …`."""

    def rows(table: str) -> int:
        with parts.database.transaction() as session:
            found = session.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 (tests')
        return int(found or 0)

    return rows
