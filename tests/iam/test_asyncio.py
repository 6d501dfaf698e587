"""The clients of asyncio, and a subscription that must not be interrupted."""

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest
from redis import asyncio as aio
from redis.exceptions import ResponseError

from app.iam import CacheTokens, asyncio_options, subscriber_options
from app.iam.passwords import SOON
from app.live import hub as hubs
from app.live.hub import Hub
from app.live.mailbox import Mailbox
from app.streams import AsyncClient, connect_async, connect_subscriber
from tests.iam.conftest import HALF_A_DAY, USER, Amazon, Clock, Door


def test_a_client_signs_in_again_and_stays_the_same(
    door: Door, tokens: CacheTokens, clock: Clock
) -> None:
    async def use() -> set[str]:
        client = connect_async(door.url, asyncio_options(tokens))
        await client.ping()
        before = door.ids()
        clock.now = HALF_A_DAY
        await client.ping()
        await client.ping()
        assert door.ids() == before
        await client.aclose()
        return before

    assert len(asyncio.run(use())) == 1
    assert door.auths() == 2


def test_a_refusal_costs_nothing_until_it_is_cut(
    door: Door, tokens: CacheTokens, amazon: Amazon, clock: Clock
) -> None:
    async def use() -> bool:
        client = connect_async(door.url, asyncio_options(tokens))
        await client.ping()
        clock.now, amazon.refuses = HALF_A_DAY, True
        answered = await client.ping()
        await client.aclose()
        return bool(answered)

    assert asyncio.run(use())
    assert door.auths() == 2


def test_who_has_subscribed_over_resp2_can_not_sign_in_again(door: Door, amazon: Amazon) -> None:
    async def use() -> None:
        token = amazon.token()
        client: AsyncClient = aio.Redis.from_url(
            door.url.replace("valkeys", "rediss"), username=USER, password=token, protocol=2
        )
        pubsub = client.pubsub()
        await pubsub.subscribe("news")
        await pubsub.get_message(timeout=5)
        await pubsub.execute_command("AUTH", USER, token)
        try:
            await pubsub.get_message(timeout=5)
        finally:
            # Not by `aclose` alone: that does not wait for the end of TLS.
            await pubsub.connection.disconnect()
            await pubsub.aclose()
            await client.aclose()

    with pytest.raises(ResponseError, match="Can't execute 'auth'"):
        asyncio.run(use())


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub feels its pulse more often, and signs in again with that."""
    monkeypatch.setattr(hubs, "PULSE_SECONDS", 0.05)
    # A machine that is busy answers late.
    monkeypatch.setattr(hubs, "PULSE_WAIT_SECONDS", 2.0)


Heard = Callable[[str], Awaitable[None]]
Meanwhile = Callable[[Heard], Awaitable[None]]


def listen(door: Door, tokens: CacheTokens, meanwhile: Meanwhile) -> Mailbox:
    """What a listener's mailbox is in the end; `meanwhile` says numbers that must be heard."""

    async def use() -> Mailbox:
        subscriber: AsyncClient = connect_subscriber(door.url, subscriber_options(tokens))
        hub = Hub(subscriber, ended="ended")
        hub.start()
        await until(lambda: hub.hears)
        async with hub.listen("board:north", session="vera") as mailbox:

            async def say(number: str) -> None:
                words = f'{number} {{"event": "tile", "key": "press", "facts": {{}}}}'
                with door.server.client() as other:
                    other.publish("board:north", words)
                await until(lambda: bool(mailbox.take()))

            await meanwhile(say)
        await hub.stop()
        await subscriber.aclose()
        return mailbox

    return asyncio.run(use())


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 (nothing tells of it)
            await asyncio.sleep(0.01)


@pytest.mark.usefixtures("hurried")
def test_who_listens_signs_in_again_and_misses_nothing(
    door: Door, tokens: CacheTokens, clock: Clock
) -> None:
    before: list[set[str]] = []

    async def meanwhile(say: Heard) -> None:
        await say("one-1")
        before.append(door.ids())
        for turn in (1, 2):
            clock.now += HALF_A_DAY
            await until(lambda: door.auths() == turn)  # noqa: B023 (it is awaited here)
            await say(f"one-{turn + 1}")
            clock.now += SOON.total_seconds()
            await asyncio.sleep(0.2)  # several pulses, none of which signs in
            assert door.auths() == turn
        before.append(door.ids())

    mailbox = listen(door, tokens, meanwhile)

    assert before[0] == before[1]
    assert (mailbox.ending, mailbox.overflowed) == (None, False)


@pytest.mark.usefixtures("hurried")
def test_who_listens_goes_on_where_a_token_is_refused(
    door: Door, tokens: CacheTokens, amazon: Amazon, clock: Clock
) -> None:
    async def meanwhile(say: Heard) -> None:
        await say("one-1")
        clock.now, amazon.refuses = HALF_A_DAY, True
        await until(lambda: door.auths() == 1)
        await say("one-2")
        clock.now, amazon.refuses = clock.now + SOON.total_seconds(), False
        await until(lambda: door.auths() == 2)
        await say("one-3")

    mailbox = listen(door, tokens, meanwhile)

    assert (mailbox.ending, mailbox.overflowed) == (None, False)


@pytest.mark.usefixtures("hurried")
def test_who_listens_does_not_wait_for_credentials(
    door: Door, amazon: Amazon, clock: Clock
) -> None:
    fetching = threading.Event()
    fetching.set()

    def token() -> str:
        fetching.wait(5)
        return amazon.token()

    async def meanwhile(say: Heard) -> None:
        fetching.clear()
        clock.now = HALF_A_DAY
        await asyncio.sleep(1.5 * hubs.PULSE_WAIT_SECONDS)
        await say("one-1")
        fetching.set()
        await until(lambda: door.auths() == 1)

    mailbox = listen(door, CacheTokens(USER, token, clock=clock), meanwhile)

    assert (mailbox.ending, mailbox.overflowed) == (None, False)
