"""Alerts of sensors that are retired, held to no limit any more, or silent."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import msgspec
import pytest
from sqlalchemy import select, text, update

from app.domain import alerts, board, telemetry
from app.models import Line, Sensor, SensorAlert, SensorStatus, Station
from app.parts import Parts
from tests.builders import Plant
from tests.domain.measured import SENSOR, START, Store

OTHER = "press-s1-pressure"
RETIRED = {"retired_at": START}
WAITS = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
PLACES: list[type[Line | Station | Sensor]] = [Line, Station, Sensor]

Change = Callable[..., None]
Found = Callable[[], list[tuple[str, str | None]]]


@pytest.fixture
def change(parts: Parts) -> Change:
    """Changes the first row of a table, and ends what is judged no more, as a page does."""

    def changed(model: type[Line | Station | Sensor], **values: object) -> None:
        with parts.database.transaction() as session:
            session.execute(update(model).where(model.id == 1).values(**values))
            telemetry.end_alerts(session, 1, now=START + timedelta(minutes=5))

    return changed


@pytest.fixture
def found(parts: Parts) -> Found:
    """Of each alert whether it is open, cleared or ended, and why."""

    def rows() -> list[tuple[str, str | None]]:
        with parts.database.transaction() as session:
            rows = session.scalars(select(SensorAlert).order_by(SensorAlert.id)).all()
        return [("over" if one.cleared_at else "open", one.ended_because) for one in rows]

    return rows


@pytest.mark.parametrize("place", PLACES)
def test_what_is_retired_ends_its_alert_and_raises_none(
    store: Store, change: Change, found: Found, place: type[Line | Station | Sensor]
) -> None:
    store((0, 95), (10, 95))
    before = found()
    change(place, **RETIRED)
    store((20, 96), (40, 96))
    gone = found()
    change(place, retired_at=None)
    store((60, 96))
    back = found()
    store((70, 96))

    assert before == [("open", None)]
    assert gone == back == [("over", "retired")]
    assert found() == [("over", "retired"), ("open", None)]


def test_only_the_limit_that_was_passed_ends_an_alert_when_it_is_taken_away(
    store: Store, change: Change, found: Found
) -> None:
    store((0, 95), (10, 95))
    change(Sensor, low=None)
    kept = found()
    change(Sensor, high=None)
    ended = found()
    store((20, 95), (40, 95))

    assert kept == [("open", None)]
    assert ended == found() == [("over", "limit-removed")]


def test_a_limit_that_moved_counts_from_the_next_reading_on(
    store: Store, change: Change, found: Found
) -> None:
    store((0, 95), (10, 95))
    change(Sensor, high=120.0)
    moved = found()
    store((20, 95), (30, 95))

    assert moved == [("open", None)]
    assert found() == [("over", None)]


def test_a_limit_that_went_unnoticed_is_the_reason_all_the_same(
    store: Store, found: Found, parts: Parts
) -> None:
    store((0, 95), (10, 95))
    with parts.database.transaction() as session:
        session.execute(update(Sensor).where(Sensor.slug == SENSOR).values(high=None))
    store((20, 95), (30, 95))

    assert found() == [("over", "limit-removed")]


def test_the_others_of_the_line_are_left_as_they_are(
    store: Store, change: Change, found: Found, parts: Parts
) -> None:
    store((0, 95), (10, 95), sensor=OTHER)
    store((0, 95))
    store((12, 50), sensor=OTHER)
    change(Sensor, **RETIRED)
    store((22, 50), sensor=OTHER)
    with parts.database.transaction() as session:
        turns = session.scalars(select(SensorStatus.turning_to)).all()

    assert found() == [("over", None)]
    assert turns == [None, None]


def test_a_late_reading_of_one_that_came_back_judges_nothing_of_before(
    store: Store, change: Change, found: Found
) -> None:
    store((0, 95), (10, 95), (12, 50))
    change(Sensor, **RETIRED)
    store((20, 96), (40, 96), (50, 50))
    change(Sensor, retired_at=None)
    store((45, 96))
    store((60, 50))

    assert found() == [("over", "retired")]


def test_an_alert_of_a_clock_that_is_ahead_ends_not_before_it_began(
    store: Store, change: Change, found: Found, parts: Parts
) -> None:
    store((3600, 95), (3610, 95))
    change(Sensor, **RETIRED)
    with parts.database.transaction() as session:
        alert = session.scalars(select(SensorAlert)).one()

    assert alert.cleared_at == alert.raised_at == START + timedelta(seconds=3610)


def test_whoever_retires_waits_for_a_drain_and_ends_what_it_raised(
    change: Change, found: Found, parts: Parts, plant: Plant
) -> None:
    rows = [(plant.sensors[SENSOR], START + timedelta(seconds=at), 95.0) for at in (0, 10)]
    with ThreadPoolExecutor(1) as pool:
        with parts.database.transaction() as session:
            telemetry.store(session, [("readings", msgspec.msgpack.encode(rows))])
            retiring = pool.submit(change, Sensor, **RETIRED)
            while not (retiring.done() or session.scalar(WAITS)):
                pass
        retiring.result()

    assert found() == [("over", "retired")]


def test_an_open_alert_says_that_its_sensor_is_silent_and_one_that_is_over_does_not(
    store: Store, parts: Parts, plant: Plant
) -> None:
    def told(after: float) -> list[tuple[datetime | None, ...]]:
        now = START + timedelta(seconds=after)
        with parts.database.transaction() as session:
            (tile,) = board.tiles(session, now=now, line_ids=[plant.lines["press"]])
            listed = alerts.recent_alerts(session, plant.lines["press"], now=now)
            bar = alerts.open_alerts(session, plant.id, now=now)
        return [tuple(one.silent_since for one in each) for each in (tile.open_alerts, listed, bar)]

    store((0, 95), (10, 95))
    heard, silent = told(70), told(71)
    store((80, 95))
    again = told(100)
    store((90, 50), (100, 50), (110, 95), (120, 95))

    assert heard == again == [(None,)] * 3
    assert silent == [(START + timedelta(seconds=10),)] * 3
    last = START + timedelta(seconds=120)
    assert told(1000) == [(last,), (last, None), (last,)]
