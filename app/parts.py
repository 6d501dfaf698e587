"""The parts list: every long-lived object, built once per process."""

from dataclasses import dataclass

from redis import Redis

from app.config import Config
from app.database import Database
from app.streams import Announcer, Landing, connect


@dataclass(frozen=True, slots=True)
class Parts:
    """What web requests, commands and tests are handed. No other globals exist."""

    config: Config
    database: Database
    redis: Redis
    landing: Landing
    announcer: Announcer


def build_parts(config: Config) -> Parts:
    """Connect nothing yet: clients dial on first use, so a process can start in an outage."""
    redis = connect(config.cache_url)
    return Parts(
        config=config,
        database=Database(config.database_url),
        redis=redis,
        landing=Landing(
            redis,
            streams=config.landing_streams,
            bound_bytes=config.landing_megabytes * 1_000_000,
        ),
        announcer=Announcer(redis),
    )
