"""How a board stands, whoever answers."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from app.domain import leaderboards
from app.domain.leaderboards import Standing, Window
from app.leaderboards import Asked, Leaderboards
from app.parts import Parts
from app.streams import connect
from tests.builders import Plant
from tests.leaderboards.floor import piece, store, tell
from tests.leaderboards.ranking import seen

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
# Four share each score, and bytes order them, not letters.
TOTALS = {f"{letter}{number}": number % 10 for letter in "aBé" for number in range(13)}
WANTED = [
    Asked(limit, offset, member, beside)
    for limit, offset in ((0, 0), (5, 0), (7, 3), (9, 36), (9, 99))
    for member in (None, "nobody", "B9", "a9", "é4", "a0", "B10")
    for beside in (0, 3)
]


def stands(parts: Parts, plant: Plant, asked: Asked, *, copies: Leaderboards) -> Standing:
    with parts.database.transaction() as session:
        return leaderboards.standing(
            session,
            copies,
            plant_id=plant.id,
            board="lines",
            window=Window(kind="all", key="all", zone="UTC"),
            asked=asked,
            now=NOW,
        )


@pytest.fixture
def totals(parts: Parts, plant: Plant) -> None:
    with parts.database.transaction() as session:
        session.execute(
            text("INSERT INTO leaderboard (plant_id, board, window_key) VALUES (1, 'lines', 'all')")
        )
        session.execute(
            text("INSERT INTO leaderboard_total SELECT id, :member, :score, 1 FROM leaderboard"),
            [{"member": member, "score": score} for member, score in TOTALS.items()],
        )


def test_both_sources_rank_as_plain_python_does(parts: Parts, plant: Plant, totals: None) -> None:
    copies = parts.leaderboards
    by_database = [stands(parts, plant, asked, copies=copies) for asked in WANTED]
    tell(parts)
    by_cache = [stands(parts, plant, asked, copies=copies) for asked in WANTED]

    assert {one.source for one in by_database} == {"database"}
    assert [one.seen for one in by_database] == [seen(TOTALS, asked) for asked in WANTED]
    assert {one.source for one in by_cache} == {"cache"}
    assert [one.seen for one in by_cache] == [
        seen(TOTALS, asked, at=one.seen.at) for asked, one in zip(WANTED, by_cache, strict=True)
    ]


def test_without_a_cache_the_database_answers(parts: Parts, plant: Plant, totals: None) -> None:
    nowhere = Leaderboards(connect("valkey://127.0.0.1:1/0"))
    stood = stands(parts, plant, Asked(5, 0, "B9", 1), copies=nowhere)

    assert stood.source == "database"
    assert stood.seen == seen(TOTALS, Asked(5, 0, "B9", 1))


def test_a_board_on_which_nobody_is_yet_is_empty(parts: Parts, plant: Plant) -> None:
    stood = stands(parts, plant, Asked(5, 0, "B9", 1), copies=parts.leaderboards)

    assert (stood.seen.count, stood.seen.page, stood.seen.own) == (0, [], None)


def test_an_answer_of_the_cache_says_when_it_was_last_in_step(parts: Parts, plant: Plant) -> None:
    store(parts, plant, piece("press", None, 1))
    for _ in range(2):
        before = datetime.now(UTC)
        tell(parts)
    stood = stands(parts, plant, Asked(5), copies=parts.leaderboards)

    assert before <= stood.seen.at <= datetime.now(UTC)
