"""What is made is counted once, in the windows it was made in."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest
from sqlalchemy import text

from app.config import Config
from app.domain import leaderboards
from app.leaderboards import Place
from app.parts import Parts
from tests.builders import Plant
from tests.leaderboards import floor
from tests.leaderboards.floor import expected, kept, piece, shown, store, tell


@pytest.fixture(autouse=True)
def _teams(parts: Parts, plant: Plant) -> None:
    floor.give_teams(parts)


def test_pieces_are_the_lines_the_operators_and_their_teams(parts: Parts, plant: Plant) -> None:
    pieces = [
        piece("press", "otto", 5),
        piece("press", "ada", 4),
        piece("weld", "vera", 9),
        piece("weld", None, 1),
    ]
    store(parts, plant, *pieces)

    assert kept(parts, plant) == expected(plant, pieces)
    assert kept(parts, plant)["teams"] == [Place(1, "Team B", 9), Place(1, "Team A", 9)]


def test_what_was_stored_before_is_not_counted_again(parts: Parts, plant: Plant) -> None:
    first, second = piece("press", "otto", 5), piece("press", "otto", 7)
    store(parts, plant, first)
    store(parts, plant, first, second)
    store(parts, plant, second, second)

    assert kept(parts, plant)["lines"] == [Place(1, "press", 12)]


def test_scrap_alone_puts_nobody_on_a_board(parts: Parts, plant: Plant) -> None:
    store(parts, plant, piece("press", "otto", 0))

    assert kept(parts, plant) == {"lines": [], "operators": [], "teams": []}


def test_a_transaction_that_fails_has_counted_nothing(parts: Parts, plant: Plant) -> None:
    store(parts, plant, piece("press", "otto", 5))
    now = datetime.now(UTC)
    with parts.database.transaction() as session:
        leaderboards.count(
            session, [leaderboards.Made(plant.lines["press"], None, now, 7)], now=now
        )
        session.rollback()

    assert kept(parts, plant)["lines"] == [Place(1, "press", 5)]


def test_drains_at_once_count_all_and_wait_in_no_circle(parts: Parts, plant: Plant) -> None:
    pieces = [
        piece(line, who, 1)
        for _ in range(15)
        for line in ("press", "weld")
        for who in (*floor.TEAMS, None)
    ]

    def drain(mine: list[floor.Piece]) -> None:
        for first in range(0, len(mine), 5):
            store(parts, plant, *mine[first : first + 5])
            tell(parts)

    # Every piece comes twice, by two drains at about the same time.
    with ThreadPoolExecutor(4) as pool:
        half = len(pieces) // 2
        list(pool.map(drain, [pieces[:half], pieces[half:]] * 2))
    tell(parts)

    assert kept(parts, plant) == expected(plant, pieces)
    assert shown(parts, plant) == expected(plant, pieces)


def test_a_copy_is_built_and_then_follows(parts: Parts, plant: Plant) -> None:
    pieces = [piece("press", "otto", 5)]
    store(parts, plant, *pieces)
    before, built = shown(parts, plant), tell(parts)
    pieces.append(piece("weld", "otto", 6))
    store(parts, plant, pieces[-1])
    followed = tell(parts)

    assert (before, built > 0, followed) == ({}, True, 0)
    assert shown(parts, plant) == expected(plant, pieces)


def test_a_word_that_was_lost_is_made_good_by_the_next(parts: Parts, plant: Plant) -> None:
    pieces = [piece("press", "otto", number) for number in range(1, 6)]
    store(parts, plant, pieces[0])
    tell(parts)
    for one in pieces[1:]:
        store(parts, plant, one)  # and nobody tells
    tell(parts)

    assert shown(parts, plant) == expected(plant, pieces)


def test_a_wiped_cache_is_noticed_and_filled(parts: Parts, plant: Plant) -> None:
    store(parts, plant, piece("press", "otto", 5))
    tell(parts)
    whole = shown(parts, plant)
    parts.redis.flushdb()
    wiped, built = shown(parts, plant), tell(parts)

    assert (wiped, built) == ({}, 4 * 3)
    assert shown(parts, plant) == whole


def test_what_is_counted_while_a_copy_is_built_is_not_lost(
    parts: Parts, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces = [piece("press", "otto", 1) for _ in range(60)]
    store(parts, plant, pieces[0])
    stopping = threading.Event()

    def go_on_telling() -> None:
        while not stopping.is_set():
            for ranking in ("lines", "operators", "teams"):
                parts.redis.delete(leaderboards.ranking(plant.id, ranking, "all").mark)
            tell(parts)

    teller = threading.Thread(target=go_on_telling)
    teller.start()
    for one in pieces[1:]:
        store(parts, plant, one)
    stopping.set()
    teller.join()
    tell(parts)

    assert shown(parts, plant) == expected(plant, pieces)


def test_a_database_that_was_set_back_is_believed(
    config: Config, parts: Parts, plant: Plant
) -> None:
    """Restored from a backup, it has less than the copies of before."""
    backup = (
        "CREATE TEMP TABLE kept AS TABLE leaderboard",
        "CREATE TEMP TABLE kept_total AS TABLE leaderboard_total",
    )
    restore = (
        "DELETE FROM leaderboard",
        "INSERT INTO leaderboard TABLE kept",
        "INSERT INTO leaderboard_total TABLE kept_total",
    )
    store(parts, plant, piece("press", "otto", 5))
    with closing(psycopg2.connect(config.database_url)) as console, console.cursor() as cursor:
        cursor.execute("; ".join(backup))
        console.commit()
        store(parts, plant, piece("press", "otto", 900))
        tell(parts)
        cursor.execute("; ".join(restore))
        console.commit()
    tell(parts)

    assert shown(parts, plant)["lines"] == [Place(1, "press", 5)]


def test_a_recount_mends_what_was_changed_by_hand(parts: Parts, plant: Plant) -> None:
    pieces = [piece("press", "otto", 5), piece("weld", "ada", 4), piece("weld", "vera", 9)]
    store(parts, plant, *pieces)
    tell(parts)
    with parts.database.transaction() as session:
        session.execute(
            text("DELETE FROM output WHERE id = :id").execution_options(cache_tags=()),
            {"id": pieces[2].id},
        )
        leaderboards.recount(session, now=datetime.now(UTC))
    tell(parts)

    assert kept(parts, plant) == expected(plant, pieces[:2])
    assert shown(parts, plant) == expected(plant, pieces[:2])


def test_a_recount_comes_to_what_was_counted(parts: Parts, plant: Plant) -> None:
    now = datetime.now(UTC)
    pieces = [
        piece(line, who, 1, now - timedelta(hours=hours))
        for hours in range(0, 400, 7)
        for line, who in (("press", "otto"), ("weld", None))
    ]
    store(parts, plant, *pieces)
    counted = every_total(parts)
    with parts.database.transaction() as session:
        leaderboards.recount(session, now=now)

    assert every_total(parts) == counted


def test_windows_that_ended_long_ago_are_forgotten(parts: Parts, plant: Plant) -> None:
    store(parts, plant, piece("press", "otto", 5))
    later = datetime.now(UTC) + timedelta(days=20)
    with parts.database.transaction() as session:
        gone = leaderboards.forget(session, now=later)

    assert gone == 3 * 3  # shift, day and week of three boards
    assert {window for _, window, _, _ in every_total(parts)} == {"all"}


def test_what_comes_days_late_counts_for_ever_and_for_no_day(parts: Parts, plant: Plant) -> None:
    store(parts, plant, piece("press", None, 5, datetime(2013, 12, 2, 12, tzinfo=UTC)))

    assert every_total(parts) == {("lines", "all", "press", 5)}


def every_total(parts: Parts) -> set[tuple[str, str, str, int]]:
    with parts.database.engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT board, window_key, member, score FROM leaderboard"
                " JOIN leaderboard_total ON leaderboard_id = leaderboard.id"
            )
        ).all()
    return {tuple(row) for row in rows}
