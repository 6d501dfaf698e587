"""A plant's output, and the boards that must come of it, by plain Python."""

import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec
from sqlalchemy import text, update

from app.domain import leaderboards, telemetry
from app.leaderboards import Asked, Place
from app.models import Operator
from app.parts import Parts
from tests.builders import Plant
from tests.leaderboards.ranking import places

TEAMS = {"vera": "Team A", "otto": "Team B", "ada": "Team B"}


class Piece(NamedTuple):
    """Pieces made at once."""

    line: str
    who: str | None
    good: int
    at: datetime
    id: uuid.UUID


def piece(line: str, who: str | None, good: int, at: datetime | None = None) -> Piece:
    return Piece(line, who, good, at or datetime.now(UTC) - timedelta(seconds=1), uuid.uuid4())


def give_teams(parts: Parts) -> None:
    with parts.database.transaction() as session:
        for who, team in TEAMS.items():
            session.execute(update(Operator).where(Operator.username == who).values(team=team))


def spelled(plant: Plant, pieces: Iterable[Piece]) -> bytes:
    """As a landed batch has it."""
    return msgspec.msgpack.encode(
        [
            (one.id, plant.lines[one.line], plant.people.get(one.who or ""), one.at, one.good, 3)
            for one in pieces
        ]
    )


def land(parts: Parts, plant: Plant, *pieces: Piece, source: str = "gateway-north") -> None:
    parts.landing.add(spelled(plant, pieces), source=source, kind="output")


def store(parts: Parts, plant: Plant, *pieces: Piece, now: datetime | None = None) -> None:
    """As the drain does."""
    with parts.database.transaction() as session:
        stored = telemetry.store(session, [("output", spelled(plant, pieces))])
        made = [
            leaderboards.Made(one.line_id, one.operator_id, one.at, one.good)
            for one in stored.output
        ]
        leaderboards.count(session, made, now=now or datetime.now(UTC))


def tell(parts: Parts) -> int:
    return leaderboards.bring_up_to_date(parts.database, parts.leaderboards, now=datetime.now(UTC))


def expected(plant: Plant, pieces: Iterable[Piece]) -> dict[str, list[Place]]:
    """All boards of all time."""
    boards: dict[str, Counter[str]] = {board: Counter() for board in leaderboards.BOARDS}
    for one in {one.id: one for one in pieces}.values():
        boards["lines"][one.line] += one.good
        if one.who is not None:
            boards["operators"][str(plant.people[one.who])] += one.good
            boards["teams"][TEAMS[one.who]] += one.good
    return {board: places(+made) for board, made in boards.items()}


def shown(parts: Parts, plant: Plant, *, window: str = "all") -> dict[str, list[Place]]:
    """All boards by their copies; a board without a copy is left out."""
    copies = parts.leaderboards
    found = {
        board: copies.look(leaderboards.ranking(plant.id, board, window), Asked(100))
        for board in leaderboards.BOARDS
    }
    return {board: seen.page for board, seen in found.items() if seen is not None}


def kept(parts: Parts, plant: Plant, *, window: str = "all") -> dict[str, list[Place]]:
    """All boards by the database."""
    with parts.database.engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT board, member, score FROM leaderboard"
                " JOIN leaderboard_total ON leaderboard_id = leaderboard.id"
                " WHERE plant_id = :plant AND window_key = :window"
            ),
            {"plant": plant.id, "window": window},
        ).all()
    boards: dict[str, dict[str, int]] = {board: {} for board in leaderboards.BOARDS}
    for row in rows:
        boards[row.board][row.member] = row.score
    return {board: places(made) for board, made in boards.items()}
