"""The parts list: every long-lived object, built once per process."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache as cache_once
from functools import partial
from typing import Any

from sqlalchemy import make_url

from app import iam, sessions
from app.cache import QueryCache, bracketed, foreign, install, open_store
from app.config import Config
from app.database import Database
from app.iam.database import DatabaseTokens
from app.leaderboards import Leaderboards
from app.observability import spent
from app.streams import Client, Landing, connect, is_cluster
from app.streams.announcer import Announcer

POSTGRESQL_PORT = 5432


class Access:
    """How this process signs in: options for redis-py, empty where the URLs say all."""

    def __init__(self, config: Config) -> None:
        signer = iam.Signer(config.aws_region or "")
        tokens = iam.cache_tokens(signer, config.cache_iam)
        self.cache = _options(config.cache_url, tokens)
        self.asyncio = iam.asyncio_options(tokens)
        self.subscriber = iam.subscriber_options(tokens)
        self.query_cache = self.cache
        if config.query_cache_url:
            tokens = iam.cache_tokens(signer, config.query_cache_iam)
            self.query_cache = _options(config.query_cache_url, tokens)
        # Gives each connection its password.
        self.database = (
            _database_tokens(signer, config.database_url) if config.database_iam else None
        )


def _database_tokens(signer: iam.Signer, url: str) -> DatabaseTokens:
    at = make_url(url)
    port = at.port or POSTGRESQL_PORT
    user, host = at.username or "", at.host or ""
    return DatabaseTokens(partial(signer.database_token, user=user, host=host, port=port))


def _options(url: str, tokens: iam.CacheTokens | None) -> dict[str, Any]:
    return iam.cluster_options(tokens) if is_cluster(url) else iam.client_options(tokens)


@dataclass(frozen=True, slots=True)
class Parts:
    """What web requests, commands and tests are handed. No other globals exist."""

    config: Config
    access: Access
    database: Database
    cache: QueryCache
    redis: Client
    landing: Landing
    announcer: Announcer
    leaderboards: Leaderboards
    # Gives the calling thread's client for sessions.
    session_client: Callable[[], Any]


def build_parts(config: Config) -> Parts:
    """Connect nothing yet: clients dial on first use, so a process can start in an outage."""
    access = Access(config)
    redis = connect(config.cache_url, access.cache)
    database, cache = open_database(config, access)
    return Parts(
        config=config,
        access=access,
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
        session_client=_session_client(config, access, cache),
    )


def _session_client(config: Config, access: Access, cache: QueryCache) -> Callable[[], Any]:
    """The query cache's own connection, where both are on one server.

    Reading the session is then the round trip that proves whatever the process has near at hand.
    """
    wire = cache.store.wire
    cache_address = (config.cache_url, config.cache_iam)
    beside = not config.query_cache_url or (
        (config.query_cache_url, config.query_cache_iam) == cache_address
    )
    if beside and cache.store.is_one_server:
        return lambda: wire().client  # type: ignore[union-attr] # one server has one
    # When it is first asked for: a client of a cluster dials at once.
    return cache_once(partial(sessions.connect, config.cache_url, access.cache))


def session_rules(config: Config) -> sessions.Rules:
    """How long sessions live, for whoever reads them."""
    return sessions.Rules(idle=config.session_idle, absolute=config.session_lifetime)


def session_keys(config: Config) -> sessions.Keyring:
    """The secrets that tokens are made with."""
    return sessions.Keyring(config.secret_key, config.secret_key_fallbacks)


def session_cookie(config: Config) -> str:
    """With TLS a name that browsers accept from this host alone (RFC 6265bis, `__Host-`)."""
    return "__Host-andon-session" if config.in_production else "andon-session"


def screen_cookie(config: Config) -> str:
    """Where a screen on a wall keeps the key of its link."""
    return "__Host-andon-screen" if config.in_production else "andon-screen"


def open_database(
    config: Config, access: Access, *, application: str = "andon"
) -> tuple[Database, QueryCache]:
    """The database, and the query cache that every commit passes by.

    Only together: the connections say that they handle their tags, so no trigger notes a debt.
    """
    away = config.query_cache_away
    store = open_store(
        config.query_cache_url or config.cache_url,
        fenced=away == "fence",
        options=access.query_cache,
    )
    connect_args = bracketed(store, away=away) | {"options": foreign.HANDLED}
    database = Database(
        config.database_url,
        application=application,
        connect_args=connect_args,
        password=access.database,
    )
    aside = database.aside()
    for engine in (database.engine, aside):
        spent.watch(engine)
    return database, install(
        store, database.engine, database.sessions, aside=aside, answers=config.query_cache_answers
    )
