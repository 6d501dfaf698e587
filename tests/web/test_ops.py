"""The engineer's page, and the same numbers for Prometheus."""

import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from app.cache import counts
from app.commands.drain.observer import Observer
from app.config import Config
from app.domain import operations
from app.factory import create_app
from app.observability.instances import Instance, Instances
from app.observability.series import EVERY, Sample, Series, rates
from app.parts import Parts
from tests.builders import Plant, post
from tests.web.browsers import Browser

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def metrics(client: FlaskClient, **headers: str) -> dict[str, float]:
    """What Prometheus' own parser reads, without the labelled ones."""
    text = client.get("/metrics", headers=headers).text
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.labels
    }


def test_the_page_shows_what_the_queries_counted(browser: Browser, parts: Parts) -> None:
    ada = browser("ada")
    for _ in range(3):
        ada.get("/")
    parts.cache.ledger.tell(parts.cache.store.count)
    page = ada.get("/ops")
    told = counts(parts.cache.store)["plants"]

    assert page.status_code == 200
    assert told.asked >= 3
    row = re.search(r'<th scope="row">plants</th>(.*?)</tr>', page.text, re.DOTALL)
    assert row
    assert f">{told.asked:,}<" in row[1]


@pytest.mark.parametrize("reads_a_write", ["100", "10", "1", "0"])
def test_strategies_are_tried_out_side_by_side(browser: Browser, reads_a_write: str) -> None:
    page = post(browser("ada"), "/ops/trial", reads_a_write=reads_a_write)

    assert page.status_code == 200
    assert all(word in page.text for word in ("Uncached", "Lazy loading", "Write-through"))


def test_what_the_strategies_cost_is_counted(parts: Parts, plant: Plant) -> None:
    uncached, lazy, written = operations.try_out(
        operations.Trial(10), database=parts.database, cache=parts.cache
    )

    assert (uncached.queries, uncached.reads) == (100, 100)
    # The first read after each write; on a busy machine one or another is not kept in time.
    assert 10 <= lazy.queries < 20
    assert 9 <= written.queries <= 11  # the writes themselves, once it was asked
    assert [result.stale for result in (uncached, lazy, written)] == [0, 0, 0]


def test_writes_that_nobody_reads_are_seen(parts: Parts, plant: Plant) -> None:
    operations.try_out(operations.Trial(1), database=parts.database, cache=parts.cache)
    _, lazy, written = operations.try_out(
        operations.Trial(0), database=parts.database, cache=parts.cache
    )

    assert lazy.queries == 0
    assert written.unread >= 9


@pytest.mark.parametrize("mix", ["", "7", "-1", "many"])
def test_a_mix_that_is_not_offered_is_refused(browser: Browser, mix: str) -> None:
    assert post(browser("ada"), "/ops/trial", reads_a_write=mix).status_code == 400


@pytest.mark.parametrize("who", ["vera", "otto"])
def test_it_is_for_administrators(browser: Browser, who: str) -> None:
    assert browser(who).get("/ops").status_code == 403
    assert post(browser(who), "/ops/trial", reads_a_write="10").status_code == 403


def test_prometheus_reads_the_same_numbers(client: FlaskClient, plant: Plant, parts: Parts) -> None:
    parts.landing.add(b"batch", source="gateway", kind="readings")
    told = metrics(client)

    assert told["andon_waiting"] == 1
    assert told["andon_landed_total"] == 1
    assert told["andon_memory_bytes"] > 100_000
    assert told["andon_lies_total"] == 0


def test_every_number_is_explained_to_prometheus(client: FlaskClient, plant: Plant) -> None:
    families = text_string_to_metric_families(client.get("/metrics").text)

    assert all(family.documentation for family in families)


@pytest.mark.parametrize(
    ("address", "token", "status"),
    [
        ("127.0.0.1", None, 200),
        ("203.0.113.7", None, 401),
        ("203.0.113.7", "the token that Prometheus was told, all right", 200),
        ("203.0.113.7", "another token, of about the same length, wrong", 401),
        ("127.0.0.1", "another token, of about the same length, wrong", 401),
    ],
)
def test_metrics_are_for_this_machine_or_a_token(
    config: Config, parts: Parts, address: str, token: str | None, status: int
) -> None:
    told = replace(config, metrics_token="the token that Prometheus was told, all right")
    app = create_app(told, replace(parts, config=told))
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = app.test_client().get(
        "/metrics", headers=headers, environ_overrides={"REMOTE_ADDR": address}
    )

    assert answer.status_code == status


def test_without_a_token_nobody_from_elsewhere_asks(app: Flask, plant: Plant) -> None:
    answer = app.test_client().get(
        "/metrics",
        headers={"Authorization": "Bearer "},
        environ_overrides={"REMOTE_ADDR": "203.0.113.7"},
    )

    assert answer.status_code == 401
    assert answer.get_json()["type"] == "urn:andon:problem:unauthorized"


def test_of_many_drains_one_takes_each_sample(parts: Parts) -> None:
    first, second = Series(parts.redis), Series(parts.redis)

    assert [first.takes_turn("one"), second.takes_turn("two")] == [True, False]
    assert 0 < parts.redis.pttl("ops:{series}:turn") < EVERY.total_seconds() * 1000


def test_a_drain_says_that_it_lives_and_keeps_a_sample(parts: Parts, plant: Plant) -> None:
    Observer(parts, threading.Event()).observe(datetime.now(UTC))
    (sample,) = Series(parts.redis).recent()
    (instance,) = Instances(parts.redis).seen()

    assert sample.numbers["sessions"] == 0
    assert sample.numbers["memory_bytes"] > 0
    assert instance.name == "test"
    assert re.fullmatch("[0-9a-f]{12}", instance.version)


def test_an_instance_that_is_silent_is_gone_and_then_forgotten(parts: Parts) -> None:
    roll = Instances(parts.redis)
    old = Instance("old", "1", NOW, NOW)
    roll.here(old)
    roll.here(Instance("new", "2", NOW, NOW + timedelta(minutes=1)))
    both = [instance.name for instance in roll.seen()]
    roll.here(Instance("new", "2", NOW, NOW + timedelta(hours=2)))

    assert both == ["new", "old"]
    assert not old.is_gone(NOW + timedelta(seconds=10))
    assert old.is_gone(NOW + timedelta(minutes=1))
    assert [instance.name for instance in roll.seen()] == ["new"]


def test_a_total_that_began_anew_is_no_fall() -> None:
    samples = [
        Sample(NOW + timedelta(seconds=5 * step), {"x": value})
        for step, value in enumerate([0, 50, 10, 20])
    ]

    assert [rate for _, rate in rates(samples, "x")] == [10.0, 0.0, 2.0]


def test_a_stream_forgotten_while_it_is_looked_at_stands_at_nothing(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):  # some in each stream
        parts.landing.add(b"batch", source=f"gateway-{number}", kind="readings")
    look = parts.redis.xinfo_stream

    def look_and_forget(stream: str) -> object:
        told = look(stream)
        parts.redis.delete(stream)
        return told

    monkeypatch.setattr(parts.redis, "xinfo_stream", look_and_forget)

    assert {(each.waiting, each.added) for each in parts.landing.standings()} == {(0, 0)}
