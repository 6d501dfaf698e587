import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select

from app.commands.gateway.layout import Layout, read_layout
from app.commands.gateway.machine import Machine
from app.commands.gateway.people import People
from app.commands.gateway.played import PlayedPlant
from app.domain.accounts import NoSuchPlant
from app.models import Call
from app.parts import Parts
from tests.builders import Plant
from tests.commands.conftest import Shell

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def layout(parts: Parts, plant: Plant) -> Layout:
    with parts.database.transaction() as session:
        return read_layout(session, "north")


def source() -> Random:
    return Random(5)  # noqa: S311 (a play that repeats)


def call_of(parts: Parts) -> Call | None:
    with parts.database.transaction() as session:
        return session.scalar(select(Call).order_by(Call.id.desc()).limit(1))


def test_readings_land_through_the_door(
    shell: Shell, served: str, plant: Plant, parts: Parts, drained: Callable[[], int]
) -> None:
    result = shell(
        *("simulate", "--url", served, "--token-stdin", "--plant", "north"),
        *("--rate", "40", "--seconds", "3"),
        words=plant.token,
    )

    assert result.exit_code == 0
    assert parts.landing.waiting() >= 3
    assert f"ended: {drained()} sent" in result.output


def test_a_signal_ends_it_with_a_summary(shell: Shell, served: str, plant: Plant) -> None:
    before = signal.getsignal(signal.SIGTERM)

    def stop_when_it_listens() -> None:
        while signal.getsignal(signal.SIGTERM) is before:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)

    stopper = threading.Thread(target=stop_when_it_listens)
    stopper.start()
    result = shell("simulate", "--url", served, "--plant", "north", words=plant.token)
    stopper.join()

    assert result.exit_code == 0
    assert result.output.splitlines()[-1].startswith("ended: ")
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_server_that_never_answers_is_told_of_and_the_batch_reported(
    shell: Shell, plant: Plant
) -> None:
    result = shell(
        *("simulate", "--url", "http://127.0.0.1:1", "--plant", "north", "--seconds", "2.5"),
        words=plant.token,
    )

    assert result.exit_code == 0
    assert "http://127.0.0.1:1 does not answer" in result.stderr
    assert "readings were not taken" in result.stderr


@pytest.mark.parametrize(
    ("plant_slug", "token", "said"),
    [
        ("north", "1.wrong", "Error: 401: a gateway's token is needed"),
        ("west", "1.wrong", "Error: no plant is called west"),
        ("north", "naïve", "Error: a token is plain ASCII"),
    ],
)
def test_what_can_never_be_taken_ends_it_in_one_line(
    *, shell: Shell, served: str, plant: Plant, plant_slug: str, token: str, said: str
) -> None:
    result = shell("simulate", "--url", served, "--plant", plant_slug, words=token)

    assert result.exit_code == 1
    assert result.stderr.startswith(said)
    assert result.stderr.count("\n") == 1


def test_readings_come_at_the_rate_asked_for_and_never_twice(layout: Layout) -> None:
    played = PlayedPlant(layout, rate=1_000, random=source(), now=START)
    early = [item for batch in played.readings(START + timedelta(seconds=2)) for item in batch]
    late = list(played.readings(START + timedelta(seconds=12)))
    items = early + [item for batch in late for item in batch]

    assert 11_000 < len(items) <= 12_000
    assert max(len(batch) for batch in late) <= 5_000
    assert len({(item["sensor"], item["at"]) for item in items}) == len(items)


def test_the_recorder_is_left_to_recordings(shell: Shell, parts: Parts) -> None:
    shell("seed", "--days", "1", "--now", "2025-06-15T12:00Z")
    with parts.database.transaction() as session:
        north = read_layout(session, "north")

    assert sum(len(line.sensors) for line in north.lines) == 79
    assert [len(line.crew) for line in north.lines] == [6, 6, 6, 6]


def test_a_sensor_falls_silent_now_and_then(layout: Layout) -> None:
    played = PlayedPlant(layout, rate=2, random=source(), now=START)
    batches = played.readings(START + timedelta(hours=2))
    sent = Counter(str(item["sensor"]) for batch in batches for item in batch)

    assert sum(sent.values()) < 2 * 7_200
    assert min(sent.values()) > 0


def test_a_plant_without_sensors_says_nothing(layout: Layout) -> None:
    for line in layout.lines:
        line.sensors.clear()
    played = PlayedPlant(layout, rate=20, random=source(), now=START)

    assert not list(played.readings(START + timedelta(seconds=10)))


def test_a_machine_makes_about_what_is_planned_with_stops_and_slow_spells() -> None:
    machine, seen, made = Machine(360, source(), START), set[str](), 0
    for minute in range(1, 100 * 60):
        pieces = machine.advance(START + timedelta(minutes=minute))
        assert pieces == sorted(pieces)
        made += len(pieces)
        seen.add(machine.state)

    assert seen == {"running", "slow", "stopped"}
    assert 0.8 < made / (360 * 100) < 1.05


def test_a_line_without_a_target_still_moves() -> None:
    machine = Machine(0, source(), START)

    assert len(machine.advance(START + timedelta(hours=10))) < 15


def test_a_stopped_machine_makes_nothing_until_it_runs_again() -> None:
    machine, made = Machine(120, source(), START), 0
    now = START
    while machine.state != "stopped":
        now += timedelta(seconds=1)
        machine.advance(now)
    while machine.state == "stopped":
        now += timedelta(seconds=1)
        made += len(machine.advance(now)) if machine.state == "stopped" else 0

    assert made == 0
    assert machine.advance(now + timedelta(minutes=2))


def test_people_call_come_and_put_it_right(parts: Parts, layout: Layout, plant: Plant) -> None:
    played = PlayedPlant(layout, rate=1, random=source(), now=START)
    people = People(parts, layout, random=source(), now=START)
    machine = played.lines[0].machine
    machine.state = "stopped"

    people.look(played.lines, START + timedelta(seconds=10))
    assert call_of(parts) is None
    people.look(played.lines, START + timedelta(seconds=25))
    call = call_of(parts)
    assert call is not None
    assert call.line_id == plant.lines["press"]
    assert parts.redis.exists("channel:{board:north}:at")

    people.look(played.lines, START + timedelta(seconds=60))
    people.look(played.lines, START + timedelta(seconds=120))
    call = call_of(parts)
    assert call is not None
    assert call.acknowledged_at == START + timedelta(seconds=60)
    assert call.resolved_at is None

    machine.state = "running"
    people.look(played.lines, START + timedelta(seconds=130))
    call = call_of(parts)
    assert call is not None
    assert call.resolved_at == START + timedelta(seconds=130)
    assert people.acts == 3


def test_an_unknown_plant_has_no_layout(parts: Parts) -> None:
    with parts.database.transaction() as session, pytest.raises(NoSuchPlant):
        read_layout(session, "west")
