"""The first requests of a process, which has not read yet whom it knows."""

import time
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import text

from app.config import Config
from app.factory import create_app
from app.parts import Parts, build_parts
from tests.builders import Plant


def send(app: Flask, plant: Plant) -> int:
    """What a gateway of the plant is answered with."""
    at = datetime.now(UTC).isoformat()
    return (
        app.test_client()
        .post(
            "/api/v1/readings",
            json={"readings": [{"sensor": "press-s1-temperature", "at": at, "value": 1}]},
            headers={"Authorization": f"Bearer {plant.token}"},
        )
        .status_code
    )


def until_one_waits(parts: Parts) -> None:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND datname = current_database()"
    )
    for _ in range(200):
        with parts.database.engine.connect() as connection:
            if connection.scalar(waiting):
                return
        time.sleep(0.02)
    pytest.fail("nobody waits for the lock")


def test_two_gateways_that_come_at_once_are_both_let_in(
    app: Flask, parts: Parts, plant: Plant
) -> None:
    with ThreadPoolExecutor(2) as pool, parts.database.engine.connect() as holding:
        holding.execute(text("LOCK TABLE gateway"))
        first = pool.submit(send, app, plant)
        until_one_waits(parts)
        second = pool.submit(send, app, plant)
        wait([second], timeout=0.5)
        holding.rollback()

    assert (first.result(), second.result()) == (202, 202)


def test_without_the_database_a_gateway_is_asked_to_wait_and_not_refused(
    config: Config, parts: Parts, plant: Plant
) -> None:
    away = replace(config, database_url="postgresql://nobody:secret@127.0.0.1:1/nothing")
    fresh = create_app(config, replace(parts, database=build_parts(away).database))

    # Told 401, it would give its batch up.
    assert [send(fresh, plant) for _ in range(3)] == [503, 503, 503]
