"""The parts list: every long-lived object, built once per process."""

from dataclasses import dataclass

from redis import Redis

from app.cache import QueryCache, bracketed, foreign, install, open_store
from app.config import Config
from app.database import Database
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
    )


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
