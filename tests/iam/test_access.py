"""The whole application signs in as its settings say."""

import asyncio
from contextlib import closing
from dataclasses import replace

import pytest
from flask import Flask

from app.config import Config, IamUser
from app.factory import create_app
from app.parts import Access, Parts, build_parts
from app.streams import connect_async, connect_subscriber
from tests.iam.conftest import CACHE, REGION, USER, Amazon, Door


@pytest.fixture
def signing(config: Config, door: Door, amazon: Amazon) -> Config:
    """Settings of a cache that lets in whoever signs at this moment."""
    amazon.token()
    user = IamUser(name=USER, cache=CACHE.upper(), is_serverless=False)
    return replace(config, cache_url=door.url, cache_iam=user, aws_region=REGION)


@pytest.fixture
def signed(signing: Config) -> Parts:
    return build_parts(signing)


def test_every_client_of_a_process_signs_in(signed: Parts, door: Door) -> None:
    signed.redis.set("ours", 1)
    signed.cache.store.counted(["hits"])
    signed.session_client().ping()

    # The sessions and the answers share this thread's own.
    assert len(door.ids()) == 2
    signed.redis.close()
    signed.cache.store.hang_up()


def test_attempts_at_signing_in_are_counted(signing: Config, door: Door, parts: Parts) -> None:
    signed = replace(parts, config=signing, access=Access(signing))
    app: Flask = create_app(signing, signed)
    limiter = app.extensions["andon.attempts"]._limiter()  # noqa: SLF001 (a page shows it only in anger)

    assert limiter.storage.storage.acl_whoami() == USER
    limiter.storage.storage.close()


def test_the_live_process_signs_in(signing: Config, door: Door) -> None:
    async def use() -> int:
        access = Access(signing)
        client = connect_async(signing.cache_url, access.asyncio)
        subscriber = connect_subscriber(signing.cache_url, access.subscriber)
        await client.ping()
        await subscriber.ping()
        found = len(door.ids())
        await client.aclose()
        await subscriber.aclose()
        return found

    assert asyncio.run(use()) == 2


def test_sessions_apart_from_the_answers_sign_in_too(signing: Config) -> None:
    apart = build_parts(replace(signing, query_cache_url="valkey://127.0.0.1:1/0"))

    with closing(apart.session_client()) as client:
        assert client.acl_whoami() in (USER, USER.encode())


def test_a_query_cache_of_its_own_has_a_user_of_its_own(signing: Config) -> None:
    other = replace(signing, query_cache_url="valkey://127.0.0.1:1/0", query_cache_iam=None)

    access = Access(other)

    assert access.query_cache == {}
    assert access.cache["credential_provider"].get_credentials()[0] == USER
