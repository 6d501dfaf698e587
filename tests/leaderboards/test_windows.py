"""Windows by the clock on the plant's wall, in Python and in SQL, also when it is changed."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import delete, text, update

from app.domain import leaderboards
from app.leaderboards import Place
from app.models import Plant as PlantRow
from app.models import Shift
from app.parts import Parts
from tests.builders import Plant
from tests.leaderboards.floor import kept, piece, store

SECOND = timedelta(seconds=1)
# Where clocks are changed by an hour, by half of one, at midnight, or never.
ZONES = (
    *("Europe/Berlin", "America/Monterrey", "Australia/Lord_Howe", "Africa/Cairo"),
    *("Asia/Kathmandu", "America/Havana", "UTC"),
)


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(UTC)


def window_at(parts: Parts, plant: Plant, kind: str, now: datetime) -> leaderboards.Window | None:
    with parts.database.transaction() as session:
        return leaderboards.window_at(session, plant.id, kind, now)


@pytest.mark.parametrize(
    ("now", "key", "hours"),
    [
        ("2026-03-28T23:59:59+01:00", "day:2026-03-28", 24),
        ("2026-03-29T00:00:00+01:00", "day:2026-03-29", 23),  # clocks go forward
        ("2026-03-29T23:59:59+02:00", "day:2026-03-29", 23),
        ("2026-03-30T00:00:00+02:00", "day:2026-03-30", 24),
        ("2026-10-25T00:00:00+02:00", "day:2026-10-25", 25),  # and back
        ("2026-10-25T23:59:59+01:00", "day:2026-10-25", 25),
        ("2026-10-26T00:00:00+01:00", "day:2026-10-26", 24),
        ("2026-03-29T23:59:59+02:00", "week:2026-W13", 167),
        ("2026-03-30T00:00:00+02:00", "week:2026-W14", 168),
        ("2027-01-03T23:59:59+01:00", "week:2026-W53", 168),
        ("2027-01-04T00:00:00+01:00", "week:2027-W01", 168),
    ],
)
def test_days_and_weeks_begin_at_the_plants_midnight(
    parts: Parts, plant: Plant, now: str, key: str, hours: int
) -> None:
    window = window_at(parts, plant, key.partition(":")[0], at(now))

    assert window is not None
    assert window.starts_at is not None
    assert window.ends_at is not None
    assert window.key == key
    assert window.starts_at <= at(now) < window.ends_at
    assert window.ends_at - window.starts_at == timedelta(hours=hours)


@pytest.mark.parametrize("zone", ZONES)
def test_pieces_count_in_the_window_that_is_shown_at_their_moment(
    parts: Parts, plant: Plant, zone: str
) -> None:
    """A piece every 97 minutes: where PostgreSQL counts it is what Python shows then."""
    step, first = timedelta(minutes=97), datetime(2026, 1, 1, tzinfo=UTC)
    moments = [first + number * step for number in range(timedelta(days=366) // step)]
    zones = [SimpleNamespace(time_zone=zone)]
    with parts.database.transaction() as session:
        session.execute(update(PlantRow).values(time_zone=zone))
        made = [leaderboards.Made(plant.lines["press"], None, at, 1) for at in moments]
        leaderboards.count(session, made, now=first)
        rows = session.execute(
            text(
                "SELECT window_key, ends_at, score FROM leaderboard"
                " JOIN leaderboard_total ON leaderboard_id = id"
                " WHERE board = 'lines' AND window_key NOT LIKE 'shift:%'"
            )
        )
        counted = {row.window_key: (row.score, row.ends_at) for row in rows}
        windows = [
            leaderboards.window_at(session, plant.id, kind, at, ask=lambda *_, **__: zones)
            for at in moments
            for kind in ("day", "week", "all")
        ]

    shown = Counter(window.key for window in windows if window)
    ends = {window.key: window.ends_at for window in windows if window}

    assert {key: score for key, (score, _) in counted.items()} == shown
    # Where midnight comes twice, PostgreSQL means the second: its end is for forgetting alone.
    assert {
        key
        for key, (_, ends_at) in counted.items()
        if ends_at != ends[key] and zone != "America/Havana"
    } == set()


def test_pieces_count_in_the_shift_that_was_on(parts: Parts, plant: Plant) -> None:
    border, hours = at("2026-03-02T13:00:00+00:00"), timedelta(hours=8)
    with parts.database.transaction() as session:
        line = plant.lines["press"]
        for starts_at in (border - hours, border):
            ends_at = starts_at + hours
            session.add(Shift(line_id=line, starts_at=starts_at, ends_at=ends_at, target=1))
    early, late = piece("press", "otto", 5, border - SECOND), piece("press", "otto", 7, border)
    store(parts, plant, early, late, now=border)
    windows = [
        window_at(parts, plant, "shift", border + since)
        for since in (-SECOND, timedelta(), hours + hours)
    ]
    keys = [window.key for window in windows if window]

    assert keys == [
        "shift:2026-03-02T05:00Z",
        "shift:2026-03-02T13:00Z",
        "shift:2026-03-02T13:00Z",  # over, and no other has begun
    ]
    assert kept(parts, plant, window=keys[0])["lines"] == [Place(1, "press", 5)]
    assert kept(parts, plant, window=keys[1])["lines"] == [Place(1, "press", 7)]


def test_a_plant_without_shifts_has_no_window_of_a_shift(parts: Parts, plant: Plant) -> None:
    with parts.database.transaction() as session:
        session.execute(delete(Shift))
    store(parts, plant, piece("press", "otto", 5))

    assert window_at(parts, plant, "shift", datetime.now(UTC)) is None
    assert kept(parts, plant)["lines"] == [Place(1, "press", 5)]
