"""Alerts are raised and cleared where readings are stored, whatever order these come in."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import permutations

import msgspec
import pytest
from sqlalchemy import select, text, update

from app.domain import telemetry
from app.models import Sensor, SensorAlert, SensorStatus
from app.parts import Parts
from tests.builders import Plant
from tests.domain.measured import SENSOR, START, Row, Store

Found = tuple[str, float, float, float | None]


@pytest.fixture
def alerts(parts: Parts) -> Callable[[], list[Found]]:
    """Kind, worst value, and the seconds at which each was raised and cleared."""

    def seconds(moment: datetime | None) -> float | None:
        return None if moment is None else (moment - START).total_seconds()

    def found() -> list[Found]:
        with parts.database.transaction() as session:
            rows = session.scalars(select(SensorAlert).order_by(SensorAlert.id)).all()
        return [
            (one.kind, one.worst, seconds(one.raised_at) or 0.0, seconds(one.cleared_at))
            for one in rows
        ]

    return found


def test_an_alert_is_raised_gets_worse_and_is_cleared_over_batches(
    store: Store, alerts: Callable[[], list[Found]]
) -> None:
    seen = []
    for row in ((0, 91.0), (10, 92.0), (20, 95.0), (25, 89.0), (30, 88.0), (40, 88.0)):
        store(row)
        seen.append(alerts())

    assert seen == [
        [],
        [("high", 92.0, 10, None)],
        *[[("high", 95.0, 10, None)]] * 3,
        [("high", 95.0, 10, 40)],
    ]


def test_whole_episodes_in_one_batch_are_kept_with_the_open_one_last(
    store: Store, alerts: Callable[[], list[Found]]
) -> None:
    store((0, 91), (10, 93), (20, 50), (30, 50), (40, 5), (50, 4), (60, 3))

    assert alerts() == [("high", 93, 10, 30), ("low", 3, 50, None)]

    store((70, 50), (80, 50), (90, 99), (100, 99))

    assert alerts() == [("high", 93, 10, 30), ("low", 3, 50, 80), ("high", 99, 100, None)]


def test_the_same_batch_again_changes_nothing(
    store: Store, alerts: Callable[[], list[Found]], parts: Parts
) -> None:
    batches: list[list[Row]] = [[(0, 91), (5, 93)], [(10, 92), (15, 50), (20, 50)], [(26, 50)]]
    for batch in batches:
        for _ in range(2):
            store(*batch)
        if batch is not batches[-1]:
            store(*batches[0])

    assert alerts() == [("high", 93, 10, 26)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_batches_of_a_stretch_that_is_being_judged_count_in_any_order(
    store: Store, alerts: Callable[[], list[Found]], order: tuple[int, ...]
) -> None:
    batches: list[list[Row]] = [[(1, 50), (2, 91)], [(4, 96), (6, 91)], [(9, 92), (11, 91)]]
    store((0, 50))
    for number in order:
        store(*batches[number])
    before = alerts()
    store((12, 91))

    assert (before, alerts()) == ([], [("high", 96, 12, None)])


def test_a_late_reading_within_its_limits_ends_a_stretch_that_is_not_decided(
    store: Store, alerts: Callable[[], list[Found]]
) -> None:
    store((0, 91), (8, 91))
    store((4, 50))
    store((11, 91))
    early = alerts()
    store((18, 91))

    assert (early, alerts()) == ([], [("high", 91, 18, None)])


def test_late_readings_change_nothing_that_is_decided(
    store: Store, alerts: Callable[[], list[Found]]
) -> None:
    store((0, 50), (100, 91), (110, 91), (120, 91))
    raised = alerts()
    store((105, 50), (20, 99), (30, 99), (40, 99))
    store((130, 50), (140, 50))
    cleared = alerts()
    store((135, 91), (131, 99))

    assert raised == [("high", 91, 110, None)]
    assert cleared == alerts() == [("high", 91, 110, 140)]


def test_the_other_side_of_an_alert_that_ended_is_judged_from_where_it_ended(
    store: Store, alerts: Callable[[], list[Found]]
) -> None:
    store((0, 91), (10, 91), (20, 5), (30, 5), (36, 5))
    store((33, 4))
    store((40, 5))

    assert alerts() == [("high", 91, 10, 30), ("low", 4, 40, None)]


def test_drains_beside_each_other_raise_one_alert(
    store: Store, alerts: Callable[[], list[Found]]
) -> None:
    batches: list[list[Row]] = [[(n, 91.0 + n), (n + 0.5, 91.0)] for n in range(40)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda batch: store(*batch), [*batches, *batches]))
    store((60, 91))

    (alert,) = alerts()
    assert (alert[0], alert[3]) == ("high", None)
    assert 10 <= alert[2] <= 60


def test_sensors_are_judged_each_by_its_own_limits(
    store: Store, parts: Parts, alerts: Callable[[], list[Found]]
) -> None:
    free, at_once = "weld-s1-temperature", "weld-s2-temperature"
    with parts.database.transaction() as session:
        session.execute(update(Sensor).where(Sensor.slug == free).values(low=None, high=None))
        session.execute(update(Sensor).where(Sensor.slug == at_once).values(hold_seconds=0))
    store((0, 99), (20, 99), sensor=free)
    store((0, 95), sensor=at_once)

    assert alerts() == [("high", 95, 0, None)]


def test_readings_of_a_sensor_that_is_gone_are_stored_and_judged_by_nobody(
    parts: Parts, plant: Plant, alerts: Callable[[], list[Found]]
) -> None:
    rows = [(9_999, START, 95.0), (plant.sensors[SENSOR], START, 50.0)]
    with parts.database.transaction() as session:
        telemetry.store(session, [("readings", msgspec.msgpack.encode(rows))])
        stored = session.scalar(text("SELECT count(*) FROM reading"))

    assert (stored, alerts()) == (2, [])


def test_a_sensor_that_turns_nowhere_leaves_no_trace_of_it(store: Store, parts: Parts) -> None:
    def turning() -> tuple[object, ...]:
        with parts.database.transaction() as session:
            row = session.scalars(select(SensorStatus)).one()
        return (row.turning_to, row.turning_since, row.turning_after, row.turning_worst)

    store((0, 50), (5, 91))
    turns = turning()
    store((6, 50))

    assert turns == ("high", START + timedelta(seconds=5), START, 91.0)
    assert turning() == (None,) * 4
