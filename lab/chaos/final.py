"""What is there in the end, from PostgreSQL itself and from the boards."""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import select, text

from app.database import PASSING as DATABASE_PASSING
from app.models import Call, Line, Output, Plant
from app.streams import PASSING as STREAMS_PASSING
from lab.chaos.gateways import FIRST_NUMBER
from lab.chaos.history import LOWER_HALF, OK, CallRow, History, Kept, Scores, Stored
from lab.chaos.witness import PLANT, Asker
from lab.cluster.fleet import Fleet

PASSING = (*DATABASE_PASSING, *STREAMS_PASSING)
# A batch in a dead drain's hands is taken over after 30 s, and looked for every 10.
LEVEL_SECONDS = 60.0
BOARD = f"/api/v1/leaderboards/lines?window=all&plant={PLANT}&limit=100"


def await_level(fleet: Fleet) -> bool:
    """Whether the landing streams ran empty in time; an entry leaves them when it is stored."""
    return _in_time(lambda: waiting(fleet) == 0)


def waiting(fleet: Fleet) -> float:
    """How many batches wait to be stored; endless while the cache does not say."""
    with suppress(*PASSING):
        return fleet.parts.landing.waiting()
    return math.inf


def note_scores(history: History, asker: Asker, when: Literal["before", "after"]) -> None:
    """Note the board of lines once the cache answers for it; the database answers meanwhile."""
    told: dict[str, Any] = {}

    def from_the_cache() -> bool:
        answer = asker.ask("GET", BOARD, "GET /api/v1/leaderboards/<board>")
        if answer.status == OK:
            told.update(msgspec.json.decode(answer.body))
        return told.get("source") == "cache"

    _in_time(from_the_cache)
    if told:
        rows = {row["member"]: row["score"] for row in told["rows"]}
        history.note(Scores(when=when, source=told["source"], rows=rows))


def note_stored(history: History, fleet: Fleet, *, since: datetime) -> None:
    """Note all readings, pieces and calls that came since; those of the load beside apart."""
    with fleet.parts.database.transaction() as session:
        readings = session.execute(
            text(
                "SELECT floor(r.value)::bigint, l.slug, r.value FROM reading AS r"
                " JOIN sensor AS s ON s.id = r.sensor_id JOIN station AS t ON t.id = s.station_id"
                " JOIN line AS l ON l.id = t.line_id WHERE r.at >= :since"
            ),
            {"since": since},
        ).all()
        output = session.execute(
            select(Output.id, Line.slug, Output.good)
            .join(Line, Line.id == Output.line_id)
            .where(Output.at >= since)
        ).all()
        calls = session.execute(
            select(Call, Line.slug)
            .join(Line, Line.id == Call.line_id)
            .join(Plant, Plant.id == Line.plant_id)
            .where(Call.raised_at >= since, Plant.slug == PLANT)
        ).all()
    _note_items(history, "readings", [(int(n), line, v) for n, line, v in readings])
    rows = [(id_.int & LOWER_HALF, line, float(good)) for id_, line, good in output]
    _note_items(history, "output", rows)
    for call, line in calls:
        history.note(_row(call, line))


def _note_items(
    history: History, kind: Literal["readings", "output"], rows: list[tuple[int, str, float]]
) -> None:
    history.note(Stored(kind=kind, rows=[row for row in rows if row[0] >= FIRST_NUMBER]))
    beside = Counter(number for number, _, _ in rows if number < FIRST_NUMBER)
    doubled = sorted(number for number, times in beside.items() if times > 1)
    history.note(Kept(kind=kind, stretches=stretches(beside), doubled=doubled))


def stretches(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """The numbers as first and last of those that follow one another."""
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def _row(call: Call, line: str) -> CallRow:
    return CallRow(
        call=call.id,
        line=line,
        critical=call.urgency == "critical",
        raised_at=call.raised_at.timestamp(),
        raised_by=call.raised_by,
        acknowledged_at=call.acknowledged_at.timestamp() if call.acknowledged_at else None,
        acknowledged_by=call.acknowledged_by,
        resolved_at=call.resolved_at.timestamp() if call.resolved_at else None,
        resolved_by=call.resolved_by,
    )


def _in_time(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + LEVEL_SECONDS
    while time.monotonic() < deadline:
        with suppress(*PASSING):
            if holds():
                return True
        time.sleep(0.2)
    return False
