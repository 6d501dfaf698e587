"""`flask cache`: the query cache from the shell."""

import time
from dataclasses import replace

import pytest

from app.cache import Counts, Store, counts
from app.commands.cache import command
from app.config import Config
from app.domain import board
from app.factory import create_app
from app.parts import Parts, build_parts
from tests.builders import Plant
from tests.commands.conftest import Shell

# Nothing is kept while a transaction of before is in flight, and autovacuum has some of its own.
LONGEST_WAIT_SECONDS = 10


@pytest.fixture
def kept(parts: Parts, plant: Plant) -> Parts:
    """The parts, with the plants' names kept."""
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while time.monotonic() < deadline:
        with parts.database.transaction() as session, parts.cache.noting() as noted:
            board.plants(session, ask=parts.cache.rows)
        if noted.worst in ("near", "hit"):
            return parts
    return pytest.fail("nothing is ever kept")


def said(shell: Shell, *args: str) -> str:
    result = shell("cache", *args)
    assert result.exit_code == 0, result.output
    return result.output


def test_an_answer_that_is_kept_is_explained(shell: Shell, kept: Parts) -> None:
    words = said(shell, "explain", "plants")

    assert "FROM plant ORDER BY plant.name" in words
    assert "fresh_for 3600 s" in words
    assert "plant: open" in words
    assert "and served" in words


def test_an_answer_that_was_expelled_says_so(shell: Shell, kept: Parts) -> None:
    said(shell, "drop", "plant")

    assert "something it depends on has changed" in said(shell, "explain", "plants")


def test_a_write_under_way_is_named(shell: Shell, kept: Parts) -> None:
    kept.cache.store.close("4711", ["plant"], now=time.time())

    assert "closed by a write under way: transaction 4711" in said(shell, "explain", "plants")


def test_parameters_are_read_by_their_kind(shell: Shell, kept: Parts) -> None:
    work = said(
        shell, "explain", "work", "lines=1,2", "since=2026-03-02T14:00Z", "until=2026-03-02T15:00"
    )
    calls = said(shell, "explain", "open-calls", "lines=1,2")

    assert "shift" in work
    assert "call:line_id=1" in calls
    assert "call:line_id=2" in calls
    assert "line:slug=press" in said(shell, "explain", "line", "slug=press")


def test_a_query_without_tags_says_what_it_lives_by(shell: Shell, kept: Parts) -> None:
    between = ("since=2026-03-02", "until=2026-03-03T12:00+01:00", "step=900")

    assert "none: it lives by time alone" in said(shell, "explain", "extent", "sensor=1")
    assert "not kept" in said(shell, "explain", "sparklines", "sensors={1,2}", *between)


def test_a_dropped_tag_expels_what_depends_on_it_and_nothing_else(
    shell: Shell, kept: Parts
) -> None:
    said(shell, "drop", "line:1")
    after_another = said(shell, "explain", "plants")
    said(shell, "drop", "plant")

    assert "and served" in after_another
    assert "and served" not in said(shell, "explain", "plants")


def test_flushing_forgets_every_answer_but_no_session(shell: Shell, kept: Parts) -> None:
    kept.redis.set("session:one", "kept")
    refused = shell("cache", "flush", words="n\n")
    before = said(shell, "explain", "plants")
    said(shell, "flush", "--yes")

    assert (refused.exit_code, "and served" in before) == (1, True)
    assert "and served" not in said(shell, "explain", "plants")
    assert kept.redis.get("session:one") == b"kept"


def test_what_all_processes_counted_is_told_by_query(shell: Shell, kept: Parts) -> None:
    kept.cache.store.count(
        {
            "line|hit": 6,
            "line|near": 1,
            "line|fill": 2,
            "line|bypass": 1,
            "line|saved_us": 2_500_000,
        }
    )
    kept.cache.store.count({"line|hit": 1_000, "line|bytes": 12_345})
    rows = said(shell, "stats").splitlines()
    line = next(row for row in rows if row.startswith("line "))
    unasked = next(row for row in rows if row.startswith("work "))

    assert rows[0].split()[:3] == ["query", "near", "hit"]
    assert " ".join(line.split()) == "line 1 1,006 2 0 0 1 99.7% 2.5 s 12 KB"
    assert " - " in unasked


def test_answers_that_were_wrong_are_told(shell: Shell, kept: Parts) -> None:
    kept.cache.store.count({"line|hit": 1, "line|lies": 1})

    assert "line: 1 answers were wrong" in said(shell, "stats")


def test_watching_once_tells_what_was_asked_in_a_second(
    shell: Shell, kept: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def and_then_some(store: Store) -> Counts:
        now = counts(store)
        store.count({"line|hit": 7})
        return now

    monkeypatch.setattr("app.commands.cache.command.cache.counts", and_then_some)
    monkeypatch.setattr(command, "WATCH_SECONDS", 0.0)
    rows = said(shell, "watch", "--once").splitlines()

    assert next(row for row in rows if row.startswith("line ")).endswith(" 7")


@pytest.mark.parametrize("words", ["stats", "flush --yes", "drop line", "explain plants"])
def test_without_the_cache_a_command_says_so_in_one_line(
    config: Config, parts: Parts, words: str
) -> None:
    away = build_parts(replace(config, query_cache_url="valkey://127.0.0.1:1/0"))
    runner = create_app(config, away).test_cli_runner()
    result = runner.invoke(args=["cache", *words.split()], catch_exceptions=False)
    away.database.engine.dispose()

    assert result.exit_code == 1
    assert result.output == "Error: the cache does not answer: ConnectionError\n"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("explain", "nothing"), "no query is called 'nothing'; there are all"),
        (("explain", "line"), "slug=… is missing"),
        (("explain", "plants", "slug=x"), "slug is none of its parameters"),
        (("explain", "line", "press"), "'press' is not of the form name=value"),
        (("explain", "recent-calls", "line=press"), "line: 'press' is no int"),
        (("drop", "nothing"), "'nothing' names no table; there are api_token, audit, cache_debt"),
        (("drop", ""), "names no table"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(
    shell: Shell, parts: Parts, args: tuple[str, ...], words: str
) -> None:
    result = shell("cache", *args)

    assert result.exit_code == 1
    assert words in result.output
    assert len(result.output.strip().splitlines()) == 1
    assert "Traceback" not in result.output
