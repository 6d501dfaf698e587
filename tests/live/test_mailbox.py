"""What one listener has not been sent yet."""

import asyncio

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from app.live import wire
from app.live.mailbox import Ending, Mailbox
from app.streams.announcer import Announcement, Position


def said(key: str, number: int, event: str = "tile") -> tuple[Position, Announcement]:
    facts = msgspec.Raw(msgspec.json.encode({"line": key, "number": number}))
    return Position("epoch", number), Announcement(event, key, facts)


def test_a_newer_word_on_the_same_thing_replaces_the_older() -> None:
    mailbox = Mailbox()
    mailbox.put(*said("press", 1))
    mailbox.put(*said("weld", 2))
    mailbox.put(*said("press", 3))

    assert [position.offset for position, _ in mailbox.take()] == [2, 3]
    assert mailbox.take() == []


@given(st.lists(st.sampled_from("abcd"), max_size=60))
def test_the_last_word_on_each_thing_is_always_there(keys: list[str]) -> None:
    mailbox = Mailbox(bound=4)
    for number, key in enumerate(keys):
        mailbox.put(*said(key, number))
    taken = {words.key: position.offset for position, words in mailbox.take()}

    assert taken == {key: max(n for n, k in enumerate(keys) if k == key) for key in set(keys)}
    assert not mailbox.overflowed


def test_a_slow_reader_reads_afresh_rather_than_being_waited_for() -> None:
    mailbox = Mailbox(bound=3)
    for number in range(5):
        mailbox.put(*said(f"line-{number}", number))

    assert mailbox.overflowed
    assert len(mailbox.take()) <= 3
    assert not mailbox.overflowed


def test_an_ending_is_heard_at_once_and_for_good() -> None:
    async def hear() -> list[bool]:
        mailbox = Mailbox()
        silent = await mailbox.wait(0.01)
        mailbox.end(Ending.BYE)
        mailbox.take()
        return [silent, await mailbox.wait(5), await mailbox.wait(5)]

    assert asyncio.run(hear()) == [False, True, True]


def test_several_announcements_are_one_event_under_the_last_position() -> None:
    readings = Announcement("readings", "press", msgspec.Raw(b'{"t": {"value": 1.5}}'))
    event = wire.changes([said("press", 7), (Position("epoch", 9), readings), said("weld", 8)])
    fields = dict(line.split(": ", 1) for line in event.decode().strip().splitlines())
    data = msgspec.json.decode(fields["data"])

    assert (fields["id"], fields["event"]) == ("epoch-9", "changes")
    assert [tile["line"] for tile in data["tiles"]] == ["press", "weld"]
    assert data["readings"] == {"t": {"value": 1.5}}


@given(st.text(alphabet="abc019-", max_size=20))
def test_a_position_is_read_back_or_refused(text: str) -> None:
    position = Position.parse(text)

    assert position is None or Position.parse(str(position)) == position
