"""Every setting, typed."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from app.config import addresses
from app.config.addresses import Away, IamUser
from app.config.reading import ConfigError, Reading

ENVIRONMENTS = ("production", "development")
NO_REGION = "AWS_REGION is missing, which tokens are signed for"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Every setting the application takes. Nothing else reads the environment."""

    secret_key: str
    database_url: str
    cache_url: str

    # Who signs in to the cache with tokens; else the URL says how.
    cache_iam: IamUser | None = None
    # Where answers are kept, if not beside the sessions and the landing streams.
    query_cache_url: str | None = None
    query_cache_iam: IamUser | None = None
    query_cache_away: Away = "owe"
    # Whether answers come from the query cache; commits tell it in any case.
    query_cache_answers: bool = True
    # Whether the URL's user signs in to the database with tokens.
    database_iam: bool = False
    # What tokens are signed for.
    aws_region: str | None = None
    environment: str = "production"
    instance_id: str = "local"
    live_port: int | None = None
    landing_streams: int = 2
    landing_megabytes: int = 64
    session_lifetime: timedelta = timedelta(hours=12)
    session_idle: timedelta = timedelta(minutes=30)
    # Secrets of before: what they signed is believed, and nothing new is signed with them.
    secret_key_fallbacks: tuple[str, ...] = ()
    # What the API takes in a minute from one caller; 0: as many as come.
    api_requests: int = 600
    gateway_batches: int = 6_000
    # For who asks for metrics from elsewhere; without one only this machine may.
    metrics_token: str | None = None
    # How many replicas the cache has, where that is known; else it is learnt.
    cache_replicas: int | None = None
    # The ARN of the function that `flask deploy-function` brings its code.
    ingest_function: str | None = None

    @property
    def in_production(self) -> bool:
        return self.environment == "production"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings, or name all that are missing or unreadable at once.

        Raises `ConfigError`.
        """
        read = Reading(environment)
        secret_key = read.secret("SECRET_KEY")
        database_iam = read.one_of("DATABASE_IAM", ("false", "true")) == "true"
        database_url = addresses.database_url(read, with_password=not database_iam)
        cache = addresses.cache_address(read)
        query_cache = addresses.query_cache_address(read)
        settings = cls(
            secret_key=secret_key,
            database_url=database_url,
            cache_url=cache.url,
            cache_iam=cache.user,
            query_cache_url=query_cache.url or None,
            query_cache_iam=query_cache.user,
            query_cache_away=addresses.away(read),
            query_cache_answers=read.one_of("QUERY_CACHE", ("on", "off")) == "on",
            database_iam=database_iam,
            aws_region=read.optional("AWS_REGION") or None,
            environment=read.one_of("ANDON_ENVIRONMENT", ENVIRONMENTS),
            instance_id=read.optional("INSTANCE_ID") or socket.gethostname(),
            live_port=read.number("LIVE_PORT", lowest=1, highest=65_535),
            landing_streams=landing_streams(read),
            landing_megabytes=landing_megabytes(read),
            session_lifetime=read.minutes("SESSION_MINUTES", default=720),
            session_idle=read.minutes("SESSION_IDLE_MINUTES", default=30),
            secret_key_fallbacks=read.secrets("SECRET_KEY_FALLBACKS"),
            api_requests=read.count("API_REQUESTS_PER_MINUTE", default=600),
            gateway_batches=read.count("GATEWAY_BATCHES_PER_MINUTE", default=6_000),
            metrics_token=read.optional_secret("METRICS_TOKEN"),
            cache_replicas=read.number("CACHE_REPLICAS", lowest=0, highest=5),
            ingest_function=addresses.arn(read, "INGEST_FUNCTION"),
        )
        settings.check_together(read)
        if read.complaints:
            raise ConfigError("; ".join(read.complaints))
        return settings

    def check_together(self, read: Reading) -> None:
        """Complain of what is right by itself, and wrong beside another."""
        if self.session_idle > self.session_lifetime:
            read.complain("SESSION_IDLE_MINUTES is more than SESSION_MINUTES")
        signs = self.database_iam or any(map(read.optional, ("CACHE_IAM", "QUERY_CACHE_IAM")))
        if signs and not self.aws_region:
            read.complain(NO_REGION)


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestConfig:
    """What the function that lands messages of SQS is told: the way to the streams, and no more."""

    cache_url: str
    cache_iam: IamUser | None = None
    aws_region: str | None = None
    landing_streams: int = 2
    landing_megabytes: int = 64

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings, or name all that are missing or unreadable at once.

        Raises `ConfigError`.
        """
        read = Reading(environment)
        cache = addresses.cache_address(read)
        settings = cls(
            cache_url=cache.url,
            cache_iam=cache.user,
            aws_region=read.optional("AWS_REGION") or None,
            landing_streams=landing_streams(read),
            landing_megabytes=landing_megabytes(read),
        )
        if cache.user and not settings.aws_region:
            read.complain(NO_REGION)
        if read.complaints:
            raise ConfigError("; ".join(read.complaints))
        return settings


def landing_streams(read: Reading) -> int:
    return read.number("LANDING_STREAMS", lowest=1, highest=64) or 2


def landing_megabytes(read: Reading) -> int:
    return read.number("LANDING_MEGABYTES", lowest=1, highest=100_000) or 64
