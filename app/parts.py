"""The parts list: every long-lived object, built once per process."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache as cache_once
from functools import partial
from typing import Any

from redis import Redis

from app import sessions
from app.cache import QueryCache, bracketed, foreign, install, open_store
from app.config import Config
from app.database import Database
from app.leaderboards import Leaderboards
from app.observability import spent
from app.streams import Announcer, Landing, connect


@dataclass(frozen=True, slots=True)
class Parts:
    """What web requests, commands and tests are handed. No other globals exist."""

    config: Config
    database: Database
    cache: QueryCache
    redis: Redis
    landing: Landing
    announcer: Announcer
    leaderboards: Leaderboards
    # Gives the calling thread's client for sessions.
    session_client: Callable[[], Any]


def build_parts(config: Config) -> Parts:
    """Connect nothing yet: clients dial on first use, so a process can start in an outage."""
    redis = connect(config.cache_url)
    database, cache = open_database(config)
    return Parts(
        config=config,
        database=database,
        cache=cache,
        redis=redis,
        landing=Landing(
            redis,
            streams=config.landing_streams,
            bound_bytes=config.landing_megabytes * 1_000_000,
        ),
        announcer=Announcer(redis),
        leaderboards=Leaderboards(redis),
        session_client=_session_client(config, cache),
    )


def _session_client(config: Config, cache: QueryCache) -> Callable[[], Any]:
    """The query cache's own connection, where both are on one server.

    Reading the session is then the round trip that proves whatever the process has near at hand.
    """
    wire = cache.store.wire
    if config.query_cache_url in (None, config.cache_url) and cache.store.is_one_server:
        return lambda: wire().client  # type: ignore[union-attr] # one server has one
    # When it is first asked for: a client of a cluster dials at once.
    return cache_once(partial(sessions.connect, config.cache_url))


def session_rules(config: Config) -> sessions.Rules:
    """How long sessions live, for whoever reads them."""
    return sessions.Rules(idle=config.session_idle, absolute=config.session_lifetime)


def session_keys(config: Config) -> sessions.Keyring:
    """The secrets that tokens are made with."""
    return sessions.Keyring(config.secret_key, config.secret_key_fallbacks)


def session_cookie(config: Config) -> str:
    """With TLS a name that browsers accept from this host alone (RFC 6265bis, `__Host-`)."""
    return "__Host-andon-session" if config.in_production else "andon-session"


def open_database(config: Config, *, application: str = "andon") -> tuple[Database, QueryCache]:
    """The database, and the query cache that every commit passes by.

    Only together: the connections say that they handle their tags, so no trigger notes a debt.
    """
    away = config.query_cache_away
    store = open_store(config.query_cache_url or config.cache_url, fenced=away == "fence")
    connect_args = bracketed(store, away=away) | {"options": foreign.HANDLED}
    database = Database(config.database_url, application=application, connect_args=connect_args)
    aside = database.aside()
    for engine in (database.engine, aside):
        spent.watch(engine)
    return database, install(store, database.engine, database.sessions, aside=aside)
