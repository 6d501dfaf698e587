"""The drain through kills and outages: every reading is stored, and once."""

import signal
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from app.commands.drain import run
from app.commands.drain.lander import Lander
from app.commands.drain.ranker import Ranker
from app.commands.drain.teller import Teller
from app.domain import telemetry
from app.parts import Parts
from app.streams import Landing
from tests.builders import Plant
from tests.processes.conftest import Instance, until

START = datetime.now(UTC) - timedelta(hours=1)


def land(parts: Parts, plant: Plant, *, batches: int, size: int = 100, first: int = 0) -> None:
    """Land batches of readings of one sensor, a second apart."""
    sensor = plant.sensors["press-s1-temperature"]
    for number in range(first, first + batches):
        rows = [
            (sensor, START + timedelta(seconds=number * size + offset), float(offset))
            for offset in range(size)
        ]
        batch = msgspec.msgpack.encode(rows)
        parts.landing.add(batch, source=f"gateway-{number % 5}", kind="readings")


def stored(parts: Parts) -> int:
    with parts.database.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM reading").scalar() or 0)


class KilledHere(Exception):
    """Stands for a kill -9 at this very line: nothing after it runs."""


def killed(*_: object) -> None:
    raise KilledHere


def test_a_drain_killed_between_commit_and_acknowledge_stores_once(instance: Instance) -> None:
    parts, stopping = instance.parts, threading.Event()
    land(parts, instance.plant, batches=10)

    for stream in parts.landing.streams:
        parts.landing.open(stream)
        lander = Lander(
            parts,
            stream,
            teller=Teller(parts, stopping),
            ranker=Ranker(parts, stopping),
            stopping=stopping,
        )
        entries = parts.landing.take(stream, "one", most=100, wait=timedelta(milliseconds=1))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Landing, "done", killed)
            with pytest.raises(KilledHere):
                lander.move(entries)
    committed, waiting = stored(parts), parts.landing.waiting()
    instance.start("drain")
    until(lambda: parts.landing.waiting() == 0)

    assert (committed, waiting, stored(parts)) == (1000, 10, 1000)


def test_a_drain_killed_at_work_loses_and_doubles_nothing(instance: Instance) -> None:
    waiting = instance.parts.landing.waiting
    for round_ in range(3):
        land(instance.parts, instance.plant, batches=400, first=round_ * 400)
        before = waiting()
        instance.start("drain")
        until(lambda before=before: waiting() < before)  # type: ignore[misc]
        instance.kill("drain")
        assert waiting() > 0  # it was killed at work, not after it
    instance.start("drain")
    until(lambda: waiting() == 0, seconds=60)

    assert stored(instance.parts) == 120_000


def test_another_drain_takes_over_what_a_dead_one_held(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.commands.drain.lander.ABANDONED_AFTER", timedelta(0))
    monkeypatch.setattr("app.commands.drain.lander.RECLAIM_EVERY_SECONDS", 0.0)
    parts = instance.parts
    land(parts, instance.plant, batches=10)
    for stream in parts.landing.streams:
        parts.landing.open(stream)
        parts.landing.take(stream, "dead", most=100, wait=timedelta(milliseconds=1))
    stopping = threading.Event()
    worker = threading.Thread(target=run, args=(parts, stopping))
    worker.start()
    until(lambda: parts.landing.waiting() == 0)
    stopping.set()
    worker.join()

    assert stored(parts) == 1000


def test_sigterm_finishes_the_batch_and_ends_at_once(instance: Instance) -> None:
    instance.start("drain")
    until(lambda: "drain.started" in instance.log("drain"))
    land(instance.parts, instance.plant, batches=20)
    seconds = instance.stop("drain")
    left = instance.parts.landing.waiting()

    assert seconds < 5
    assert "drain.stopped" in instance.log("drain")
    assert stored(instance.parts) == (20 - left) * 100


def test_a_database_that_was_stopped_is_caught_up_with(instance: Instance) -> None:
    instance.start("drain")
    until(lambda: "drain.started" in instance.log("drain"))
    instance.postgres.stop()
    land(instance.parts, instance.plant, batches=10)
    until(lambda: "drain.waiting" in instance.log("drain"))
    instance.postgres.start()
    until(lambda: instance.parts.landing.waiting() == 0, seconds=30)

    assert stored(instance.parts) == 1000
    assert instance.processes["drain"].poll() is None


def test_a_cache_that_was_frozen_is_waited_for(instance: Instance) -> None:
    instance.start("drain")
    until(lambda: "drain.started" in instance.log("drain"))
    instance.valkey.signal(signal.SIGSTOP)
    until(lambda: "drain.waiting" in instance.log("drain"))
    instance.valkey.signal(signal.SIGCONT)
    land(instance.parts, instance.plant, batches=10)
    until(lambda: instance.parts.landing.waiting() == 0, seconds=30)

    assert stored(instance.parts) == 1000


def test_a_wiped_cache_gets_its_streams_anew(instance: Instance) -> None:
    instance.start("drain")
    until(lambda: "drain.started" in instance.log("drain"))
    with instance.valkey.client() as administrator:
        administrator.flushall()
    land(instance.parts, instance.plant, batches=10)
    until(lambda: stored(instance.parts) == 1000)

    assert instance.parts.landing.waiting() == 0


def test_a_killed_cache_keeps_what_it_acknowledged(instance: Instance) -> None:
    land(instance.parts, instance.plant, batches=50)
    instance.valkey.kill()
    instance.valkey.start()
    instance.start("drain")
    until(lambda: instance.parts.landing.waiting() == 0)

    assert stored(instance.parts) == 5000


def test_a_batch_that_cannot_be_stored_is_set_aside_and_holds_up_nothing(
    instance: Instance,
) -> None:
    parts = instance.parts
    parts.landing.add(b"\xc1 no msgpack", source="gateway-north", kind="readings")
    parts.landing.add(b"\x90", source="gateway-north", kind="gossip")
    land(parts, instance.plant, batches=10)
    instance.start("drain")
    until(lambda: parts.landing.waiting() == 0)
    with parts.database.engine.connect() as connection:
        aside = connection.exec_driver_sql(
            "SELECT source, kind, batch FROM unreadable ORDER BY kind"
        ).all()

    assert stored(parts) == 1000
    assert [(row.source, row.kind, bytes(row.batch)) for row in aside] == [
        ("gateway-north", "gossip", b"\x90"),
        ("gateway-north", "readings", b"\xc1 no msgpack"),
    ]


def test_a_batch_that_the_database_refuses_is_set_aside_too(instance: Instance) -> None:
    parts = instance.parts
    too_large = msgspec.msgpack.encode([(2**40, START, 1.0)])
    parts.landing.add(too_large, source="gateway-north", kind="readings")
    parts.redis.xadd(parts.landing.streams[0], {"neither": "kind", "nor": "batch"})
    land(parts, instance.plant, batches=10)
    instance.start("drain")
    until(lambda: parts.landing.waiting() == 0)
    with parts.database.engine.connect() as connection:
        aside = connection.exec_driver_sql("SELECT count(*) FROM unreadable").scalar_one()

    assert (stored(parts), aside) == (1000, 2)


def test_drains_with_crossed_lines_never_wait_for_each_other_in_a_circle(
    instance: Instance,
) -> None:
    plant = instance.plant

    def store(first: str, second: str) -> None:
        for number in range(150):
            at = START + timedelta(seconds=number)
            readings = [(plant.sensors[f"{first}-s1-temperature"], at, 1.0)]
            output = [(uuid.uuid4(), plant.lines[second], None, at, 1, 0)]
            batches = [("readings", readings), ("output", output)]
            with instance.parts.database.transaction() as session:
                telemetry.store(session, [(k, msgspec.msgpack.encode(b)) for k, b in batches])

    with ThreadPoolExecutor(2) as pool:
        works = [pool.submit(store, "press", "weld"), pool.submit(store, "weld", "press")]

    assert [work.exception() for work in works] == [None, None]


def test_the_same_batch_landed_twice_is_stored_once(instance: Instance) -> None:
    instance.start("drain")
    for _ in range(2):
        land(instance.parts, instance.plant, batches=5)
    until(lambda: instance.parts.landing.waiting() == 0)

    assert stored(instance.parts) == 500
