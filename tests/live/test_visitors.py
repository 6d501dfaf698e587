"""Whose sessions hold, asked for many pages at once."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event, update
from starlette.requests import Request

from app.config import Config
from app.live.visitors import Visitors
from app.models import Operator, SignIn
from app.parts import Parts
from app.streams import connect_async
from tests.builders import Plant, sign_in
from tests.web.browsers import COOKIE, cookie

Held = Callable[..., list[bool]]


@pytest.fixture
def cookies(app: Flask, plant: Plant) -> dict[str, str]:
    """Of three people, each signed in by a browser."""
    clients = {who: app.test_client() for who in plant.people}
    for who, client in clients.items():
        sign_in(client, who)
    return {who: cookie(client) for who, client in clients.items()}


@pytest.fixture
def held(config: Config, parts: Parts) -> Held:
    """Whether each of these cookies, which come at the same moment, is somebody's signed in."""

    async def ask(cookies: tuple[str, ...]) -> list[bool]:
        redis = connect_async(config.cache_url)
        visitors = Visitors(config, redis, parts.database)
        pages = [Request({"type": "http", "headers": _headers(each)}) for each in cookies]
        names = await asyncio.gather(*(visitors.session_of(page) for page in pages))
        await redis.aclose()
        return [name is not None for name in names]

    return lambda *cookies: asyncio.run(ask(cookies))


def _headers(cookie: str) -> list[tuple[bytes, bytes]]:
    return [(b"cookie", f"{COOKIE}={cookie}".encode())]


def change(parts: Parts, model: type[Operator | SignIn], id_: int, **values: object) -> None:
    with parts.database.transaction() as session:
        session.execute(update(model).where(model.id == id_).values(**values))


def test_pages_that_come_at_once_cost_a_query_or_two(
    parts: Parts, cookies: dict[str, str], held: Held
) -> None:
    sent: list[str] = []

    def note(*told: object) -> None:
        sent.append(str(told[2]))

    event.listen(parts.database.engine, "before_cursor_execute", note)
    all_hold = held(*cookies.values(), *cookies.values(), *cookies.values())
    event.remove(parts.database.engine, "before_cursor_execute", note)

    assert all_hold == [True] * 9
    # Whoever's session was read first was asked for at once, and the others together.
    assert 1 <= len(sent) <= 3


def test_among_many_each_gets_the_answer_of_its_own(
    parts: Parts, plant: Plant, cookies: dict[str, str], held: Held
) -> None:
    change(parts, Operator, plant.people["otto"], active=False)

    assert held("forged", cookies["vera"], cookies["otto"], cookies["ada"]) == [
        *(False, True, False, True),
    ]


def test_a_sign_in_that_is_another_persons_now_holds_nothing(
    parts: Parts, plant: Plant, cookies: dict[str, str], held: Held
) -> None:
    with parts.database.transaction() as session:
        row = session.query(SignIn).filter_by(operator_id=plant.people["vera"]).one().id
    change(parts, SignIn, row, operator_id=plant.people["otto"])

    assert held(cookies["vera"], cookies["ada"]) == [False, True]


@pytest.mark.parametrize(("minutes", "expected"), [(0, [True]), (29, [True]), (31, [False])])
def test_what_the_cache_lost_holds_as_long_as_it_was_not_idle(
    parts: Parts, cookies: dict[str, str], held: Held, minutes: int, expected: list[bool]
) -> None:
    with parts.database.transaction() as session:
        last = datetime.now(UTC) - timedelta(minutes=minutes)
        session.execute(update(SignIn).values(seen_at=last))
    parts.redis.flushdb()

    assert held(cookies["vera"]) == expected
    # Nobody used it: were that noted, a page left open would keep for ever what the cache has lost.
    with parts.database.transaction() as session:
        assert [row.seen_at for row in session.query(SignIn)] == [last] * 3


def test_a_page_that_is_open_is_in_use(parts: Parts, cookies: dict[str, str], held: Held) -> None:
    with parts.database.transaction() as session:
        session.execute(update(SignIn).values(seen_at=datetime.now(UTC) - timedelta(minutes=20)))
    held(cookies["vera"], cookies["otto"])
    with parts.database.transaction() as session:
        seen = [row.seen_at for row in session.query(SignIn)]

    assert sum(datetime.now(UTC) - at < timedelta(minutes=1) for at in seen) == 2
