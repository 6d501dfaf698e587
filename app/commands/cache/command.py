"""`flask cache`: look at the query cache from the shell, and expel from it."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click
from flask import Flask

from app import cache
from app.commands.cache.asking import find, parameters_of
from app.commands.cache.counting import table
from app.commands.cache.explaining import explained
from app.commands.refusals import CannotGoOn, plainly
from app.models import Base
from app.parts import Parts

WATCH_SECONDS = 1.0
_TAG = re.compile(r"(?P<table>[^:\s]+)(?P<rows>:\S+)?")


def install(app: Flask, parts: Parts) -> None:
    """Add `flask cache`."""

    @app.cli.group("cache")
    def group() -> None:
        """Look at the query cache, and expel from it."""

    _add_looking(group, parts)
    _add_expelling(group, parts)


def _add_looking(group: click.Group, parts: Parts) -> None:
    store = parts.cache.store

    @group.command("stats", with_appcontext=False)
    @plainly()
    def stats() -> None:
        """How the answers came about, by query, in all processes together."""
        with away():
            click.echo("\n".join(table(cache.counts(store))))

    @group.command("watch", with_appcontext=False)
    @click.option("--once", is_flag=True, help="One table over one second, for scripts.")
    @plainly()
    def watch(*, once: bool) -> None:
        """The same, once a second, until Ctrl-C."""
        with away(), suppress(KeyboardInterrupt):
            for lines in watched(store, once=once):
                if not once:
                    click.clear()
                click.echo("\n".join(lines))

    @group.command("explain", with_appcontext=False)
    @click.argument("query")
    @click.argument("parameters", nargs=-1, metavar="[NAME=VALUE]...")
    @plainly()
    def explain(query: str, parameters: tuple[str, ...]) -> None:
        """What QUERY asks and depends on, and whether its answer is kept, and why not.

        Several values of one parameter stand between commas: lines=1,2
        """
        asked = find(query)
        given = parameters_of(asked, parameters)
        with away():
            click.echo("\n".join(explained(parts.cache, asked, given)))


def _add_expelling(group: click.Group, parts: Parts) -> None:
    store = parts.cache.store

    @group.command("drop", with_appcontext=False)
    @click.argument("tag")
    @plainly()
    def drop(tag: str) -> None:
        """Expel what depends on TAG: a table, a row (call:7) or a partition (call:line_id=5)."""
        tags = tags_of(tag)
        with away():
            store.renew(tags)
        click.echo(f"what depends on {' or '.join(tags)} is asked of the database again")

    @group.command("flush", with_appcontext=False)
    @click.option("--yes", is_flag=True, help="Do not ask.")
    @plainly()
    def flush(*, yes: bool) -> None:
        """Forget every answer; sessions and landed data are not touched."""
        if not yes:
            click.confirm("forget every answer, and ask the database for each anew?", abort=True)
        with away():
            store.flush()
        click.echo("no answer is kept; the first are kept again when the writes now under way end")


def watched(store: cache.Store, *, once: bool) -> Iterator[list[str]]:
    """A table a second, with what was asked in it; an outage is told, and waited out."""
    before: cache.Counts | None = None
    while True:
        try:
            now = cache.counts(store)
        except cache.PASSING as fault:
            if once:
                raise
            yield [f"the cache does not answer: {type(fault).__name__}"]
        else:
            if before or not once:
                yield table(now, before=before)
            if before and once:
                return
            before = now
        time.sleep(WATCH_SECONDS)


def tags_of(tag: str) -> list[str]:
    """The tags meant: of a bare table all that any of its rows expels. Refuses unknown tables."""
    tables = sorted(Base.metadata.tables)
    found = _TAG.fullmatch(tag)
    if found is None or found["table"] not in tables:
        raise CannotGoOn(f"{tag!r} names no table; there are {', '.join(tables)}")
    return [tag] if found["rows"] else [tag, f"{tag}:*"]


@contextmanager
def away() -> Iterator[None]:
    """The border at which the cache's own faults become a refusal."""
    try:
        yield
    except cache.PASSING as fault:
        raise CannotGoOn(f"the cache does not answer: {type(fault).__name__}") from fault
