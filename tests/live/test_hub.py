"""What a process hears, passed on to those who listen."""

import asyncio
import time
from collections.abc import Sequence

import pytest
from redis.asyncio.client import PubSub

from app.config import Config
from app.live import hub as hubs
from app.live.hub import Hub
from app.live.mailbox import Ending
from app.parts import Parts
from app.streams import connect_subscriber


def overflows(config: Config, parts: Parts, numbers: Sequence[str]) -> list[bool]:
    """Whether a listener is to read afresh, after each announcement of these numbers."""

    async def listen() -> list[bool]:
        subscriber = connect_subscriber(config.cache_url)
        hub = Hub(subscriber, ended="ended")
        hub.start()
        while not hub.hears:  # noqa: ASYNC110 (it has no event: pages ask, and are refused)
            await asyncio.sleep(0.01)
        found = []
        async with hub.listen("board:north", session="vera") as mailbox:
            for number in numbers:
                words = f'{number} {{"event": "tile", "key": "press", "facts": {{}}}}'
                parts.redis.publish("board:north", words)
                assert await mailbox.wait(5)
                found.append(mailbox.overflowed)
                mailbox.take()
        await hub.stop()
        await subscriber.aclose()
        return found

    return asyncio.run(listen())


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (["one-1", "one-2", "one-3"], [False, False, False]),
        (["one-1", "one-3", "one-4"], [False, True, False]),
        # Another epoch has its own numbers, and the listener finds that out by itself.
        (["one-9", "two-1", "two-2"], [False, False, False]),
    ],
)
def test_an_announcement_that_was_not_heard_makes_listeners_read_afresh(
    config: Config, parts: Parts, numbers: list[str], expected: list[bool]
) -> None:
    assert overflows(config, parts, numbers) == expected


def test_a_process_too_busy_to_look_for_its_pulse_has_not_lost_the_cache(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With ten thousand pages, a second goes by between two looks at the socket."""
    monkeypatch.setattr(hubs, "PULSE_SECONDS", 0.01)
    monkeypatch.setattr(hubs, "PULSE_WAIT_SECONDS", 0.05)
    pulses = iter(range(5))
    all_felt = asyncio.Event()
    ping = PubSub.ping

    async def ping_and_be_busy(pubsub: PubSub) -> None:
        await ping(pubsub)
        time.sleep(0.1)  # noqa: ASYNC251 (that is the fault)
        if next(pulses, None) is None:
            all_felt.set()

    async def listen() -> Ending | None:
        subscriber = connect_subscriber(config.cache_url)
        hub = Hub(subscriber, ended="ended")
        hub.start()
        while not hub.hears:  # noqa: ASYNC110 (it has no event: pages ask, and are refused)
            await asyncio.sleep(0.01)
        async with hub.listen("board:north", session="vera") as mailbox:
            monkeypatch.setattr(PubSub, "ping", ping_and_be_busy)
            await all_felt.wait()
            ending = mailbox.ending
        await hub.stop()
        await subscriber.aclose()
        return ending

    assert asyncio.run(listen()) is None
