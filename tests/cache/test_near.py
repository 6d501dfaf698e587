"""Near caches: answers decoded in the process, and never older than the server's."""

import threading
from datetime import timedelta

import pytest
from redis import Redis
from sqlalchemy import bindparam, select

from app.cache import Policy, Query
from app.cache.answers import Answer
from app.cache.near import NearCache, kept
from app.cache.wire import Wire, with_known_scheme
from lab.engines import Valkey
from tests.cache.floor import ROWS, Floor, item

BY_ID = select(item.c.id, item.c.n).where(item.c.id == bindparam("id"))
MINUTES = timedelta(minutes=5)
VALIDATED = Query(BY_ID, name="validated", policy=Policy(fresh_for=MINUTES, near="validated"))
TRACKED = Query(BY_ID, name="tracked", policy=Policy(fresh_for=MINUTES, near="tracked"))


def seen(floor: Floor, query: Query, *ids: int) -> tuple[list[str], list[int]]:
    """One request's answers: how they came about, and what they say."""
    with floor.sessions() as session, floor.cache.noting() as noted:
        said = [int(floor.cache.rows(session, query, id=id_)[0].n) for id_ in ids]
    return noted.outcomes, said


def wire(floor: Floor) -> Wire:
    found = floor.store.wire()
    assert found is not None
    return found


@pytest.mark.parametrize("query", [VALIDATED, TRACKED])
def test_a_near_answer_is_given_until_a_commit(floor: Floor, other: Floor, query: Query) -> None:
    before = [seen(floor, query, 1) for _ in range(3)]
    other.write(1)
    after = [seen(floor, query, 1) for _ in range(3)]

    assert before == [(["fill"], [0]), (["hit"], [0]), (["near"], [0])]
    assert after == [(["fill"], [1]), (["hit"], [1]), (["near"], [1])]


def test_a_validated_answer_costs_one_small_round_trip(floor: Floor) -> None:
    for _ in range(2):
        seen(floor, VALIDATED, 1)
    before = wire(floor).replies
    outcomes, _ = seen(floor, VALIDATED, 1)

    assert (outcomes, wire(floor).replies - before) == (["near"], 1)


def test_a_request_with_a_session_and_ten_tracked_answers_is_one_round_trip(floor: Floor) -> None:
    for _ in range(3):
        seen(floor, TRACKED, *range(ROWS))
    with floor.sessions() as session, floor.cache.noting() as noted:
        before = wire(floor).replies
        wire(floor).client.hgetall("session:of-this-request")
        for id_ in (*range(ROWS), 0, 1):
            floor.cache.rows(session, TRACKED, id=id_)

    assert wire(floor).replies - before == 1
    assert noted.outcomes == ["near"] * 10


def test_a_request_that_talks_to_nobody_else_proves_its_first_answer_only(floor: Floor) -> None:
    for _ in range(3):
        seen(floor, TRACKED, 1, 2, 3)
    before = wire(floor).replies
    outcomes, _ = seen(floor, TRACKED, 1, 2, 3)

    assert (outcomes, wire(floor).replies - before) == (["near"] * 3, 1)


def test_tracked_answers_see_every_commit_before_the_request(floor: Floor, other: Floor) -> None:
    stale = 0
    for number in range(1, 300):
        committed = other.write(number % ROWS) if number % 3 else other.truth(number % ROWS)
        _, said = seen(floor, TRACKED, (number + 1) % ROWS, number % ROWS)
        stale += said[1] < committed

    assert stale == 0
    assert floor.cache.counts["tracked", "near"] > 0


def test_a_transaction_that_has_written_gets_no_near_answer(floor: Floor) -> None:
    for _ in range(3):
        seen(floor, TRACKED, 1)
    with floor.sessions() as session, floor.cache.noting() as noted:
        floor.cache.rows(session, TRACKED, id=1)
        session.execute(item.update().where(item.c.id == 1).values(n=50))
        (record,) = floor.cache.rows(session, TRACKED, id=1)
        session.rollback()

    assert (noted.outcomes, record.n) == (["near", "bypass"], 50)


@pytest.mark.parametrize("how", ["lost connection", "FLUSHALL"])
def test_what_may_have_been_missed_empties_the_tracked_cache(
    floor: Floor, other: Floor, valkey: Valkey, how: str
) -> None:
    for _ in range(3):
        seen(floor, TRACKED, 1)
    with valkey.client() as client:
        if how == "FLUSHALL":
            client.flushall()
        else:
            client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    other.write(1)

    assert seen(floor, TRACKED, 1)[1] == [1]


def test_each_thread_tracks_for_itself(floor: Floor, other: Floor) -> None:
    said: list[int] = []

    def read() -> None:
        for _ in range(3):
            said.extend(seen(floor, TRACKED, 1)[1])

    for number in (1, 2):
        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert other.write(1) == number
    read()

    assert said == [0] * 12 + [1] * 12 + [2] * 3


def test_a_near_cache_keeps_what_was_used_last_within_its_bytes() -> None:
    answer = Answer(b"x" * 100, 0.0, 60.0, 0.0)
    one = kept((), answer, b"seal", (b"key",))
    cache = NearCache(one.size * 3)
    for name in "abc":
        cache.put(name, one)
    cache.get("a")
    cache.put("d", one)

    assert [name for name in "abcd" if cache.get(name)] == ["a", "c", "d"]
    assert cache.size == one.size * 3
    cache.forget([b"another"])
    assert cache.get("a") is not None
    cache.forget([b"key"])
    assert (cache.size, cache.get("a")) == (0, None)


def test_what_was_pushed_while_a_thread_was_idle_is_heard_however_much(floor: Floor) -> None:
    for _ in range(2):
        seen(floor, TRACKED, 1)
    _, cache_url = floor.urls
    with Redis.from_url(with_known_scheme(cache_url)) as others:
        # One by one: what changes together is pushed together.
        for number in range(1_500):
            others.set(f"qc:token:elsewhere:{number}", "another")
    floor.write(1)

    assert seen(floor, TRACKED, 1) == (["fill"], [1])
