"""The parts list: every long-lived object, built once per process."""

from dataclasses import dataclass

from redis import Redis

from app.cache import QueryCache, Store, bracketed, foreign, install, open_store
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
    store = query_store(config)
    database = open_database(config, store)
    aside = database.aside()
    spent.watch(aside)
    return Parts(
        config=config,
        database=database,
        cache=install(store, database.engine, database.sessions, aside=aside),
        redis=redis,
        landing=Landing(
            redis,
            streams=config.landing_streams,
            bound_bytes=config.landing_megabytes * 1_000_000,
        ),
        announcer=Announcer(redis),
    )


def query_store(config: Config) -> Store:
    """Where the answers of the database are kept."""
    return open_store(config.query_cache_url or config.cache_url)


def open_database(config: Config, store: Store, *, application: str = "andon") -> Database:
    """The database, with every commit passing by the query cache."""
    connect_args = bracketed(store) | {"options": foreign.HANDLED}
    database = Database(config.database_url, application=application, connect_args=connect_args)
    spent.watch(database.engine)
    return database
