"""Connections that sign in with tokens, and again before they would be cut."""

import signal
from collections.abc import Iterator
from datetime import timedelta

import pytest
from redis.exceptions import AuthenticationError
from redis.exceptions import TimeoutError as TimedOut

from app import sessions
from app.cache.wire import Wire
from app.iam import CacheTokens, Unsigned, client_options
from app.iam.passwords import AGAIN_AFTER, SOON, SPREAD
from app.streams import Client, connect
from tests.iam.conftest import HALF_A_DAY, USER, Amazon, Clock, Door


@pytest.fixture
def client(door: Door, tokens: CacheTokens) -> Iterator[Client]:
    with connect(door.url, client_options(tokens)) as client:
        yield client


def test_a_token_lets_its_user_in(client: Client) -> None:
    assert client.acl_whoami() == USER


def test_the_token_of_one_user_does_not_let_in_another(door: Door, amazon: Amazon) -> None:
    options = client_options(CacheTokens("mallory", amazon.token))

    with connect(door.url, options) as client, pytest.raises(AuthenticationError):
        client.ping()


def test_each_connection_has_a_token_of_its_own(client: Client, amazon: Amazon) -> None:
    before = len(amazon.signed)
    with client.client() as one, client.client() as other:
        one.ping()
        other.ping()
        client.ping()

    fresh = amazon.signed[before:]
    assert len(set(fresh)) == 3


def test_a_token_that_has_lapsed_is_not_tried_again(client: Client, amazon: Amazon) -> None:
    client.ping()
    amazon.let_in("what is signed next")
    client.connection_pool.disconnect()

    assert client.ping()
    assert amazon.signed[-1] != amazon.signed[-2]


def test_nobody_signs_in_again_before_it_is_time(client: Client, door: Door, clock: Clock) -> None:
    client.ping()
    clock.now = AGAIN_AFTER.total_seconds() * (1 - SPREAD) - 1
    client.ping()

    # The first, as RESP2 has no other.
    assert door.auths() == 1


def test_it_signs_in_again_before_twelve_hours_and_stays_the_same(
    client: Client, door: Door, clock: Clock
) -> None:
    client.ping()
    before = door.ids()
    clock.now = HALF_A_DAY - 1
    client.ping()
    client.ping()

    assert door.ids() == before
    assert door.auths() == 2


def test_it_does_so_every_eleven_hours(client: Client, door: Door, clock: Clock) -> None:
    client.ping()
    before = door.ids()
    for _ in range(3):
        clock.now += HALF_A_DAY
        client.ping()

    assert (door.ids(), door.auths()) == (before, 4)


def test_connections_that_were_opened_together_part(tokens: CacheTokens) -> None:
    moments = {tokens.due_at() for _ in range(20)}

    assert len(moments) == 20
    assert max(moments) - min(moments) > 60
    assert max(moments) <= AGAIN_AFTER.total_seconds() < HALF_A_DAY


def test_what_is_watched_stays_watched(client: Client, door: Door, clock: Clock) -> None:
    with client.pipeline() as pipeline:
        pipeline.watch("watched")
        clock.now += HALF_A_DAY
        pipeline.multi()
        pipeline.set("watched", 1)
        pipeline.get("watched")

        assert pipeline.execute() == [True, b"1"]
    assert door.auths() == 2


def test_a_script_and_the_wait_after_it_stay_on_one_connection(
    client: Client, door: Door, clock: Clock
) -> None:
    with client.client() as one:
        one.eval("return redis.call('SET', KEYS[1], 1)", 1, "script")
        written = one.client_id()
        clock.now += HALF_A_DAY
        one.wait(0, 10)

        assert one.client_id() == written
    assert door.auths() == 2


def test_a_refusal_costs_nothing_until_it_is_cut(
    client: Client, door: Door, amazon: Amazon, clock: Clock
) -> None:
    client.ping()
    before = door.ids()
    clock.now, amazon.refuses = HALF_A_DAY, True
    client.ping()
    client.ping()
    refused = door.auths()
    clock.now, amazon.refuses = clock.now + SOON.total_seconds(), False
    client.ping()
    client.ping()

    assert door.ids() == before
    assert (refused, door.auths()) == (2, 3)


def test_credentials_that_are_away_cost_nothing_until_it_is_cut(
    client: Client, door: Door, tokens: CacheTokens, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.ping()
    before = door.ids()
    monkeypatch.setattr(tokens, "_token", _nothing_to_sign_with)
    clock.now = HALF_A_DAY
    client.ping()

    assert door.ids() == before
    client.connection_pool.disconnect()
    with pytest.raises(AuthenticationError, match="no credentials"):
        client.ping()


def _nothing_to_sign_with() -> str:
    raise Unsigned("no credentials of AWS were found")


def test_a_reply_that_comes_too_late_is_nobody_elses(
    door: Door, amazon: Amazon, clock: Clock
) -> None:
    token = amazon.token()
    tokens = CacheTokens(USER, lambda: token, clock=clock)
    wire = Wire(door.url, timeout_seconds=0.1, options=client_options(tokens))
    wire.ask(wire.pack("SET", "mine", "this"))
    clock.now = HALF_A_DAY
    door.server.signal(signal.SIGSTOP)
    with pytest.raises(TimedOut):
        wire.ask(wire.pack("GET", "mine"))
    door.server.signal(signal.SIGCONT)
    answer = wire.ask(wire.pack("GET", "mine"))
    wire.close()

    assert answer == b"this"


def test_a_threads_own_wire_stays_tracked(door: Door, tokens: CacheTokens, clock: Clock) -> None:
    wire = Wire(door.url, timeout_seconds=1, options=client_options(tokens))
    pushed: list[list[bytes] | None] = []
    wire.track(("near:",), pushed.append)
    before = door.ids()
    clock.now = HALF_A_DAY
    wire.ask(wire.pack("PING"))
    with door.server.client() as other:
        other.set("near:5", 1)
    wire.ask(wire.pack("PING"))
    wire.close()

    assert (door.auths(), len(before)) == (1, 1)
    assert pushed[-1] == [b"near:5"]


def test_the_sessions_own_client_signs_in_too(
    door: Door, tokens: CacheTokens, clock: Clock
) -> None:
    with sessions.connect(door.url, client_options(tokens)) as client:
        client.ping()
        clock.now = HALF_A_DAY
        client.ping()

    assert door.auths() >= 1


def test_no_token_is_told_by_what_holds_it(client: Client, amazon: Amazon) -> None:
    client.ping()

    told = f"{client!r} {client.connection_pool!r} {client.connection_pool.get_connection()!r}"
    assert "X-Amz" not in told


def test_it_is_tried_again_often_before_the_cut() -> None:
    assert timedelta(seconds=HALF_A_DAY) > AGAIN_AFTER + 50 * SOON
