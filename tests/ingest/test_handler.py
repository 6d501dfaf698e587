"""What SQS gives the function lands, or is named so that SQS gives it again."""

import json
import signal
import uuid
from typing import Any

import pytest

from app.ingest import Handler
from app.streams import Landing
from lab.engines import Valkey
from tests.builders import Plant
from tests.ingest.conftest import Ask, Drain, event, left, output, readings, record

STORED = "SELECT count(*) FROM reading"


class KilledHere(Exception):
    """Stands for a kill -9 at this very line: nothing after it runs."""


def killed(*_: object) -> None:
    raise KilledHere


def test_what_is_sent_is_stored_under_the_ids_of_its_names(
    handler: Handler, plant: Plant, drain: Drain, ask: Ask
) -> None:
    id_ = uuid.uuid4()
    answer = handler(event(readings(), output(id_, operator="otto")), None)
    drain()

    assert left(answer) == []
    assert (
        ask("SELECT sensor_id, value FROM reading")
        == [(plant.sensors["press-s1-temperature"], 20.5)] * 2
    )
    assert ask("SELECT id, line_id, operator_id, good, scrap FROM output") == [
        (id_, plant.lines["press"], plant.people["otto"], 7, 0)
    ]
    assert ask("SELECT * FROM unreadable") == []


def test_a_message_that_comes_twice_is_stored_once(
    handler: Handler, plant: Plant, drain: Drain, ask: Ask
) -> None:
    again = event(readings(), output(uuid.uuid4()))
    handler(again, None)
    drain()
    handler(again, None)
    handler(again, None)
    drain()

    assert ask(STORED) == [(2,)]
    assert ask("SELECT sum(good) FROM output") == [(7,)]
    assert ask("SELECT * FROM unreadable") == []


def test_a_drain_killed_after_its_commit_stores_once(
    handler: Handler, plant: Plant, drain: Drain, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler(event(readings(), output(uuid.uuid4())), None)
    with monkeypatch.context() as patch:
        patch.setattr(Landing, "done", killed)
        with pytest.raises(KilledHere):
            drain()
    drain()

    assert ask(STORED) == [(2,)]
    assert ask("SELECT sum(good) FROM output") == [(7,)]


def test_a_gateway_is_seen_by_whichever_door_it_sends(
    handler: Handler, plant: Plant, drain: Drain, ask: Ask
) -> None:
    handler(event(readings()), None)
    drain()

    assert ask("SELECT now() - last_seen_at < interval '1 minute' FROM gateway") == [(True,)]


def test_while_the_cache_is_frozen_all_is_left_and_lands_later(
    apart: Landing, valkey: Valkey
) -> None:
    batch = event(readings(), "no JSON", readings(first=10))
    handler = Handler(apart)
    valkey.signal(signal.SIGSTOP)
    frozen = handler(batch, None)
    valkey.signal(signal.SIGCONT)
    landed = handler(batch, None)

    assert left(frozen) == ["0", "1", "2"]
    assert left(landed) == ["1"]
    assert apart.waiting() >= 2


class Freezing(dict[str, Any]):
    """A message at whose reading the cache stops answering."""

    valkey: Valkey

    def __getitem__(self, name: str) -> object:
        if name == "body":
            self.valkey.signal(signal.SIGSTOP)
        return super().__getitem__(name)


class Unread(dict[str, Any]):
    """A message that nobody looks into: the time-outs of ten would outlast the function."""

    def __getitem__(self, name: str) -> object:
        assert name != "body"
        return super().__getitem__(name)


def test_a_cache_that_goes_in_the_middle_leaves_the_rest(apart: Landing, valkey: Valkey) -> None:
    middle = Freezing(record("middle", readings(first=10)))
    middle.valkey = valkey
    records = [record("first", readings()), middle, Unread(record("last", readings(first=20)))]
    answer = Handler(apart)({"Records": records}, None)
    valkey.signal(signal.SIGCONT)

    assert left(answer) == ["middle", "last"]


def test_a_full_stream_leaves_its_own_messages_and_takes_those_of_others(apart: Landing) -> None:
    # Gateways a and b share a stream, d has the other.
    mine = [readings("gateway-a", first=number) for number in range(4)]
    answer = Handler(apart)(event(*mine, readings("gateway-d"), readings("gateway-b")), None)

    assert left(answer) == ["2", "3", "5"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "no JSON object"),
        ('{"readings": []}', "gateway is no name"),
        ('{"gateway": 7, "readings": []}', "gateway is no name"),
        ('{"gateway": "", "readings": []}', "gateway is no name"),
        (json.dumps({"gateway": "g" * 81, "readings": []}), "gateway is no name"),
        ('{"gateway": "a\\u0000", "readings": []}', "characters that no name has"),
        ('{"gateway": "\\ud800", "readings": []}', "characters that no name has"),
        ('{"gateway": "a"}', "not one of readings and output"),
        ('{"gateway": "a", "readings": null}', "not one of readings and output"),
        ('{"gateway": "a", "readings": [], "output": []}', "not one of readings and output"),
        ('{"gateway": "a", "readings": [], "secret-7": 1}', "not one of readings and output"),
        ('{"gateway": "a", "gossip": []}', "not one of readings and output"),
    ],
)
def test_what_can_never_land_is_left_with_its_reason_and_holds_up_nothing(
    handler: Handler, plant: Plant, caplog: pytest.LogCaptureFixture, body: str, why: str
) -> None:
    answer = handler(event(body, readings()), None)
    words = [record.getMessage() for record in caplog.records]
    said = [line for line in words if "ingest.malformed" in line]

    assert left(answer) == ["0"]
    assert len(said) == 1
    assert why in said[0]
    assert "secret-7" not in said[0]


def test_a_rule_that_selects_both_and_finds_one_is_understood(
    handler: Handler, plant: Plant, drain: Drain, ask: Ask
) -> None:
    selected = json.loads(readings()) | {"output": None}
    handler(event(json.dumps(selected)), None)
    drain()

    assert ask(STORED) == [(2,)]
