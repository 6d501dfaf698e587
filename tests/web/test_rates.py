"""How often the API may be asked, by whom, and what it says of it."""

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.config import Config
from app.domain.accounts import Rates, counted, make_token
from app.factory import create_app
from app.parts import Parts, build_parts
from app.streams import Landing, connect
from app.streams.turns import Quota
from lab.engines import Valkey
from lab.shards import Cluster
from tests.builders import Plant
from tests.web.browsers import Browser

MOST = 3
THREE = Quota("token", MOST, timedelta(minutes=1))
Ask = Callable[..., TestResponse]


@pytest.fixture
def sparing(config: Config) -> Config:
    return replace(config, api_requests=MOST, gateway_batches=MOST)


@pytest.fixture
def app(sparing: Config, parts: Parts) -> Flask:
    return create_app(sparing, replace(parts, config=sparing))


@pytest.fixture
def rates(parts: Parts) -> Rates:
    return Rates(parts.redis, lambda: 0.0)


@pytest.fixture
def tokens(parts: Parts, plant: Plant) -> list[str]:
    """Two tokens of one person's."""
    with parts.database.transaction() as session:
        return [
            make_token(
                session,
                name=name,
                scopes=["read"],
                days=1,
                by=plant.people["vera"],
                now=datetime.now(UTC),
            )[0]
            for name in "ab"
        ]


@pytest.fixture
def ask(app: Flask) -> Ask:
    def asked(token: str = "", path: str = "lines", method: str = "GET") -> TestResponse:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return app.test_client().open(f"/api/v1/{path}", method=method, headers=headers)

    return asked


def test_one_too_many_is_refused_and_told_when_to_come_back(ask: Ask, tokens: list[str]) -> None:
    answers = [ask(tokens[0]) for _ in range(MOST + 1)]
    refused = answers[-1]

    assert [answer.status_code for answer in answers] == [200] * MOST + [429]
    assert refused.content_type == "application/problem+json"
    assert refused.get_json()["type"] == "urn:andon:problem:quota-exceeded"
    assert refused.get_json()["violated-policies"] == ["token"]
    assert 1 <= int(refused.headers["Retry-After"]) <= 20
    assert refused.headers["RateLimit-Policy"] == '"token";q=3;w=60'
    assert re.fullmatch(r'"token";r=0;t=(59|60)', refused.headers["RateLimit"])


def test_every_answer_says_how_many_are_left(ask: Ask, tokens: list[str]) -> None:
    left = [ask(tokens[0]).headers["RateLimit"].partition(";t")[0] for _ in range(MOST)]

    assert left == ['"token";r=2', '"token";r=1', '"token";r=0']


def test_each_token_has_its_own_and_what_has_none_shares_an_address(
    ask: Ask, tokens: list[str], plant: Plant, browser: Browser
) -> None:
    vera = browser("vera")
    for _ in range(MOST):
        ask(tokens[0])
        ask(path="openapi.json")
        ask(plant.token, "readings", "POST")
        vera.get("/api/v1/lines")

    assert ask(tokens[0]).status_code == 429
    assert ask(tokens[1]).status_code == 200
    assert ask(path="openapi.json").status_code == 429
    # Whoever guesses tokens is a stranger, and hears no more whether they are any good.
    assert ask("andon_1.guessed").status_code == 429
    assert ask("1.guessed", "readings", "POST").status_code == 429
    assert ask(plant.token, "readings", "POST").status_code == 429
    assert vera.get("/api/v1/lines").status_code == 429


def sent(app: Flask, plant: Plant) -> TestResponse:
    reading = {"sensor": "press-s1-temperature", "at": datetime.now(UTC).isoformat(), "value": 1}
    headers = {"Authorization": f"Bearer {plant.token}"}
    return app.test_client().post("/api/v1/readings", json={"readings": [reading]}, headers=headers)


def test_of_a_gateways_batches_no_more_land_than_may(
    app: Flask, plant: Plant, parts: Parts
) -> None:
    answers = [sent(app, plant) for _ in range(MOST + 2)]

    assert [answer.status_code for answer in answers] == [202] * MOST + [429] * 2
    assert answers[0].headers["RateLimit"].startswith('"gateway";r=2;')
    assert answers[-1].get_json()["violated-policies"] == ["gateway"]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 20
    assert parts.landing.waiting() == MOST


def test_counting_costs_a_batch_no_round_trip(app: Flask, plant: Plant, parts: Parts) -> None:
    def scripts() -> int:
        told = parts.redis.info("commandstats")
        return sum(told.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("eval", "evalsha"))

    sent(app, plant)
    before = scripts()
    sent(app, plant)

    assert scripts() - before == 1


def test_a_page_is_not_counted(browser: Browser) -> None:
    vera = browser("vera")

    assert [vera.get("/board.json").status_code for _ in range(MOST + 2)] == [200] * (MOST + 2)


def test_none_are_counted_where_there_is_no_limit(rates: Rates, parts: Parts) -> None:
    standings = [rates.take(THREE._replace(most=0), "a") for _ in range(10)]

    assert standings == [None] * 10
    assert not parts.redis.keys("rates:*")


def test_requests_come_back_one_by_one_and_not_all_at_once(rates: Rates, parts: Parts) -> None:
    taken = [rates.take(THREE, "a") for _ in range(MOST + 1)]
    # A third of a minute later, one is back.
    parts.redis.decrby("rates:token:a", 20_000_000)
    later = [rates.take(THREE, "a") for _ in range(2)]

    assert [standing is not None and standing.is_refused for standing in taken + later] == [
        *([False] * MOST + [True]),
        *(False, True),
    ]


def test_who_is_refused_is_not_kept_waiting_for_longer(rates: Rates) -> None:
    for _ in range(MOST + 5):
        standing = rates.take(THREE, "a")

    assert standing is not None
    assert standing.wait_seconds <= 20
    assert standing.full_in_seconds <= 60


def test_what_is_kept_of_a_caller_goes_when_all_is_back(rates: Rates, parts: Parts) -> None:
    rates.take(THREE, "a")

    assert 19_000 < parts.redis.pttl("rates:token:a") <= 20_000


def test_a_cluster_counts_each_caller_where_its_key_is(cluster: Cluster) -> None:
    with closing(connect(cluster.url)) as redis:
        rates = Rates(redis, lambda: 0.0)
        last = {
            caller: [rates.take(THREE, caller) for _ in range(MOST + 1)][-1] for caller in "abcdef"
        }

    assert all(standing is not None and standing.is_refused for standing in last.values())


def test_a_cluster_counts_what_lands_where_it_lands(cluster: Cluster) -> None:
    with closing(connect(cluster.url)) as redis:
        landing = Landing(redis, streams=3, bound_bytes=1_000, prefix="counted")
        last = [
            [landing.add_in_turn(b"x", source=source, kind="k", quota=THREE) for _ in range(4)][-1]
            for source in "abcdef"
        ]
        waiting = landing.waiting()

    assert all(standing.is_refused for standing in last)
    assert waiting == 6 * MOST


def test_while_the_cache_is_away_requests_are_let_through_and_counted(
    valkey: Valkey,
) -> None:
    clock = [0.0]
    with closing(connect(valkey.url)) as redis:
        rates = Rates(redis, lambda: clock[0])
        for _ in range(MOST + 2):
            rates.take(THREE, "a")
        valkey.stop()
        away = [rates.take(THREE, "a") for _ in range(5)]
        valkey.start()
        clock[0] = 10.0
        back = rates.take(THREE, "b")

        assert away == [None] * 5
        assert back is not None
        assert counted(redis) == {"refused": 2, "let_through": 5}


def test_an_outage_of_the_cache_shuts_no_program_out(
    valkey: Valkey, sparing: Config, tokens: list[str]
) -> None:
    config = replace(sparing, cache_url=valkey.url)
    parts = build_parts(config)
    program = create_app(config, parts).test_client()
    valkey.stop()
    headers = {"Authorization": f"Bearer {tokens[0]}"}
    answers = [program.get("/api/v1/lines", headers=headers) for _ in range(MOST + 3)]
    parts.cache.close()
    parts.database.engine.dispose()
    parts.redis.close()

    assert [answer.status_code for answer in answers] == [200] * (MOST + 3)
    assert "RateLimit" not in answers[-1].headers
