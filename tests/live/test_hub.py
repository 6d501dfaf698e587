"""What a process hears, passed on to those who listen."""

import asyncio
from collections.abc import Sequence

import pytest

from app.config import Config
from app.live.hub import Hub
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
