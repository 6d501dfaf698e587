"""Nobody came: the next role is told, once, however many drains look and whenever one dies."""

import threading
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy import text

from app.commands.drain.teller import Teller
from app.domain import andon, board
from app.parts import Parts
from app.streams.announcer import Announcer, channel_keys
from tests.builders import Plant

NOW = datetime.now(UTC)


@pytest.fixture
def call_id(parts: Parts, plant: Plant) -> int:
    """A call for maintenance that is told on after 8 minutes, and again after 16."""
    with parts.database.transaction() as session:
        call = andon.raise_call(
            session, line="press", station="s1", reason="maintenance", by=None, now=NOW
        )
    return call.id


def escalated(parts: Parts, *, minutes: float) -> list[int]:
    """The calls that were escalated when somebody looked so long after."""
    with parts.database.transaction() as session:
        calls = andon.escalate(session, now=NOW + timedelta(minutes=minutes))
        return [call.id for call in calls]


def told(parts: Parts, call_id: int) -> list[str]:
    """Whom the audit says it was escalated to."""
    with parts.database.transaction() as session:
        trail = andon.trails(session, [call_id])[call_id]
    return [step.facts["to"] for step in trail if step.action == "escalated"]


def test_one_role_after_the_other_is_told_when_it_is_due(parts: Parts, call_id: int) -> None:
    looked = [bool(escalated(parts, minutes=at)) for at in (7.9, 8, 8.1, 15.9, 16, 60)]

    assert looked == [False, True, False, False, True, False]
    assert told(parts, call_id) == ["supervisor", "admin"]


def test_after_an_outage_it_is_done_late_and_once(parts: Parts, call_id: int) -> None:
    looked = [escalated(parts, minutes=at) for at in (500, 501)]

    assert looked == [[call_id], []]
    assert told(parts, call_id) == ["admin"]


@pytest.mark.parametrize("done", [andon.acknowledge, andon.resolve])
def test_what_somebody_came_to_is_told_to_nobody(
    parts: Parts, plant: Plant, call_id: int, done: object
) -> None:
    with parts.database.transaction() as session:
        done(session, call_id, by=plant.people["otto"], now=NOW)  # type: ignore[operator]

    assert escalated(parts, minutes=60) == []


def test_a_type_without_a_number_is_told_to_nobody(parts: Parts, call_id: int) -> None:
    with parts.database.transaction() as session:
        session.execute(text("UPDATE call_type SET escalation_minutes = NULL"))

    assert escalated(parts, minutes=600) == []


def test_of_two_who_look_at_once_one_escalates(parts: Parts, call_id: int) -> None:
    at = NOW + timedelta(minutes=9)
    with parts.database.sessions() as first, ThreadPoolExecutor(1) as pool:
        mine = andon.escalate(first, now=at)
        first.flush()
        meanwhile = pool.submit(escalated, parts, minutes=9).result(10)
        first.commit()
    after = escalated(parts, minutes=9)

    assert ([call.id for call in mine], meanwhile, after) == ([call_id], [], [])
    assert told(parts, call_id) == ["supervisor"]


def test_one_killed_before_its_commit_leaves_it_to_the_next(parts: Parts, call_id: int) -> None:
    with parts.database.sessions() as killed:
        andon.escalate(killed, now=NOW + timedelta(minutes=9))
        killed.flush()
        killed.rollback()

    assert escalated(parts, minutes=9) == [call_id]
    assert told(parts, call_id) == ["supervisor"]


def levels_announced(parts: Parts, channel: str) -> list[int]:
    """The level of the press's call in each announcement."""
    said = parts.redis.xrange(channel_keys(channel)[1])
    tiles = [msgspec.json.decode(fields[b"said"])["facts"] for _, fields in said]
    calls = [call for tile in tiles if tile["line"] == "press" for call in tile["open_calls"]]
    return [call["escalation_level"] for call in calls]


def overdue(parts: Parts, call_id: int) -> None:
    """Nine minutes have passed."""
    with parts.database.transaction() as session:
        session.execute(text("UPDATE call SET raised_at = now() - interval '9 minutes'"))


def test_two_drains_escalate_once_and_the_board_and_the_line_hear_of_it(
    parts: Parts, call_id: int
) -> None:
    overdue(parts, call_id)
    stopping = threading.Event()
    tellers = [Teller(parts, stopping) for _ in range(4)]

    def go_round(teller: Teller) -> None:
        for _ in range(5):
            teller._swept_at = float("-inf")  # noqa: SLF001 (two seconds have passed)
            teller.go_round(())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(go_round, tellers))

    assert told(parts, call_id) == ["supervisor"]
    for channel in (board.board_channel("north"), board.line_channel("press")):
        assert set(levels_announced(parts, channel)) == {1}


def test_what_a_killed_drain_did_not_say_the_next_one_says(
    parts: Parts, call_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    overdue(parts, call_id)

    def killed(_: Announcer, said: Collection[object]) -> None:
        raise RedisAway

    with monkeypatch.context() as patch:
        patch.setattr(Announcer, "announce_all", killed)
        with pytest.raises(RedisAway):
            Teller(parts, threading.Event()).go_round(())
    unsaid = levels_announced(parts, board.board_channel("north"))
    Teller(parts, threading.Event()).go_round(())

    assert unsaid == []
    assert levels_announced(parts, board.board_channel("north")) == [1]
    assert told(parts, call_id) == ["supervisor"]
