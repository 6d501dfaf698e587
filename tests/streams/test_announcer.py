"""Channels: numbered, remembered, published in one step."""

from typing import Any

import msgspec

from app.parts import Parts
from app.streams.announcer import KEPT, channel_keys


def test_numbers_count_up_within_an_epoch(parts: Parts) -> None:
    at, said = channel_keys("board:north")
    for number in range(3):
        parts.announcer.announce("board:north", "tile", "press", {"number": number})
    entries: Any = parts.redis.xrange(said)

    assert parts.redis.hget(at, "offset") == b"3"
    assert [id_ for id_, _ in entries] == [b"1-1", b"2-1", b"3-1"]
    assert msgspec.json.decode(entries[2][1][b"said"])["facts"] == {"number": 2}


def test_a_lost_count_begins_another_epoch_with_an_empty_memory(parts: Parts) -> None:
    at, said = channel_keys("board:north")
    parts.announcer.announce("board:north", "tile", "press", {})
    before = parts.redis.hget(at, "epoch")
    parts.redis.delete(at)
    parts.announcer.announce("board:north", "tile", "press", {})

    assert parts.redis.hget(at, "epoch") != before
    assert parts.redis.xlen(said) == 1


def test_a_count_that_went_back_begins_another_epoch(parts: Parts) -> None:
    keys = channel_keys("board:north")
    parts.announcer.announce("board:north", "tile", "press", {})
    before = parts.redis.hget(keys[0], "epoch")
    replica = [(key, parts.redis.dump(key)) for key in keys]
    for _ in range(2):
        parts.announcer.announce("board:north", "tile", "press", {})
    for key, held in replica:  # a failover to a replica that had not heard of these two
        parts.redis.restore(key, 0, held or b"", replace=True)
    for _ in range(2):
        parts.announcer.announce("board:north", "tile", "press", {})

    assert parts.redis.hget(keys[0], "epoch") != before


def test_the_memory_is_bounded(parts: Parts) -> None:
    _, said = channel_keys("board:north")
    parts.announcer.announce_all(
        [("board:north", "tile", str(number), {}) for number in range(KEPT * 3)]
    )

    assert KEPT <= parts.redis.xlen(said) < KEPT * 2


def test_listeners_hear_the_number_with_the_words(parts: Parts) -> None:
    pubsub: Any = parts.redis.pubsub()
    pubsub.subscribe("line:press")
    pubsub.get_message(timeout=1)
    parts.announcer.announce("line:press", "tile", "press", {"a": 1})
    message = pubsub.get_message(timeout=1)
    pubsub.close()

    assert message is not None
    number, _, words = message["data"].partition(b" ")
    assert number.endswith(b"-1")
    assert msgspec.json.decode(words) == {"event": "tile", "key": "press", "facts": {"a": 1}}
