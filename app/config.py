"""Settings, read from the environment once, at start."""

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Self, cast
from urllib.parse import quote, urlsplit

CACHE_SCHEMES = ("valkey", "valkeys", "redis", "rediss")
QUERY_CACHE_SCHEMES = (*CACHE_SCHEMES, "memcached", "memcached+discovery")
AWAY = ("owe", "refuse", "fence")
ENVIRONMENTS = ("production", "development")
SHORTEST_SECRET = 32

Away = Literal["owe", "refuse", "fence"]


class ConfigError(Exception):
    """The environment lacks settings, or holds ones that cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Every setting the application takes. Nothing else reads the environment."""

    secret_key: str
    database_url: str
    cache_url: str

    # Where answers are kept, if not beside the sessions and the landing streams.
    query_cache_url: str | None = None
    query_cache_away: Away = "owe"
    environment: str = "production"
    instance_id: str = "local"
    live_port: int | None = None
    landing_streams: int = 2
    landing_megabytes: int = 64
    session_lifetime: timedelta = timedelta(hours=12)
    session_idle: timedelta = timedelta(minutes=30)
    # Secrets of before: what they signed is believed, and nothing new is signed with them.
    secret_key_fallbacks: tuple[str, ...] = ()
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
        read = _Reading(environment)
        settings = cls(
            secret_key=read.secret("SECRET_KEY"),
            database_url=read.database_url(),
            cache_url=read.cache_url("CACHE_URL"),
            query_cache_url=read.query_cache_url("QUERY_CACHE_URL"),
            query_cache_away=read.away("QUERY_CACHE_AWAY"),
            environment=read.one_of("ANDON_ENVIRONMENT", ENVIRONMENTS),
            instance_id=environment.get("INSTANCE_ID") or socket.gethostname(),
            live_port=read.number("LIVE_PORT", lowest=1, highest=65_535),
            landing_streams=read.landing_streams(),
            landing_megabytes=read.landing_megabytes(),
            session_lifetime=read.minutes("SESSION_MINUTES", default=720),
            session_idle=read.minutes("SESSION_IDLE_MINUTES", default=30),
            secret_key_fallbacks=read.secrets("SECRET_KEY_FALLBACKS"),
            cache_replicas=read.number("CACHE_REPLICAS", lowest=0, highest=5),
            ingest_function=read.arn("INGEST_FUNCTION"),
        )
        if settings.session_idle > settings.session_lifetime:
            read.complaints.append("SESSION_IDLE_MINUTES is more than SESSION_MINUTES")
        if read.complaints:
            raise ConfigError("; ".join(read.complaints))
        return settings


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestConfig:
    """What the function that lands messages of SQS is told: the way to the streams, and no more."""

    cache_url: str
    landing_streams: int = 2
    landing_megabytes: int = 64

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings, or name all that are missing or unreadable at once.

        Raises `ConfigError`.
        """
        read = _Reading(environment)
        settings = cls(
            cache_url=read.cache_url("CACHE_URL"),
            landing_streams=read.landing_streams(),
            landing_megabytes=read.landing_megabytes(),
        )
        if read.complaints:
            raise ConfigError("; ".join(read.complaints))
        return settings


class _Reading:
    """Reads variables one by one and keeps what is wrong with them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.complaints: list[str] = []

    def required(self, name: str) -> str:
        value = self._environment.get(name, "")
        if not value:
            self.complaints.append(f"{name} is missing")
        return value

    def secret(self, name: str) -> str:
        value = self.required(name)
        if value and len(value) < SHORTEST_SECRET:
            self.complaints.append(f"{name} is shorter than {SHORTEST_SECRET} characters")
        return value

    def secrets(self, name: str) -> tuple[str, ...]:
        """Several, by commas."""
        values = tuple(filter(None, self._environment.get(name, "").split(",")))
        if any(len(value) < SHORTEST_SECRET for value in values):
            self.complaints.append(f"one of {name} is shorter than {SHORTEST_SECRET} characters")
        return values

    def minutes(self, name: str, *, default: int) -> timedelta:
        return timedelta(minutes=self.number(name, lowest=1, highest=43_200) or default)

    def one_of(self, name: str, choices: tuple[str, ...]) -> str:
        value = self._environment.get(name) or choices[0]
        if value not in choices:
            self.complaints.append(f"{name} is none of {', '.join(choices)}")
        return value

    def number(self, name: str, *, lowest: int, highest: int) -> int | None:
        value = self._environment.get(name)
        if not value:
            return None
        if not (value.isascii() and value.isdigit()) or not lowest <= int(value) <= highest:
            self.complaints.append(f"{name} is no whole number from {lowest} to {highest}")
            return None
        return int(value)

    def landing_streams(self) -> int:
        return self.number("LANDING_STREAMS", lowest=1, highest=64) or 2

    def landing_megabytes(self) -> int:
        return self.number("LANDING_MEGABYTES", lowest=1, highest=100_000) or 64

    def arn(self, name: str) -> str | None:
        value = self._environment.get(name) or None
        if value and not re.fullmatch(r"arn(:[^:\s]+){6,}", value):
            self.complaints.append(f"{name} is no ARN")
        return value

    def cache_url(self, name: str) -> str:
        return self._with_scheme(name, self.required(name), CACHE_SCHEMES)

    def query_cache_url(self, name: str) -> str | None:
        value = self._environment.get(name, "")
        return self._with_scheme(name, value, QUERY_CACHE_SCHEMES) or None

    def away(self, name: str) -> Away:
        value = self.one_of(name, AWAY)
        url = self._environment.get("QUERY_CACHE_URL") or self._environment.get("CACHE_URL", "")
        if value == "fence" and ("cluster=true" in url or url.startswith("memcached")):
            self.complaints.append(f"{name}=fence wants one Valkey or Redis server")
        return cast("Away", value)

    def _with_scheme(self, name: str, value: str, schemes: tuple[str, ...]) -> str:
        if value and urlsplit(value).scheme not in schemes:
            self.complaints.append(f"{name} begins with none of {'://, '.join(schemes)}://")
        return value

    def database_url(self) -> str:
        """`DATABASE_URL`, or the `RDS_*` variables that Elastic Beanstalk sets."""
        if self._environment.get("RDS_HOSTNAME") and not self._environment.get("DATABASE_URL"):
            names = ("RDS_USERNAME", "RDS_PASSWORD", "RDS_HOSTNAME", "RDS_PORT", "RDS_DB_NAME")
            user, password, host, port, database = (self.required(name) for name in names)
            return f"postgresql://{quote(user)}:{quote(password, safe='')}@{host}:{port}/{database}"
        value = self.required("DATABASE_URL")
        if value and urlsplit(value).scheme not in ("postgresql", "postgres"):
            self.complaints.append("DATABASE_URL does not begin with postgresql://")
        return value.replace("postgres://", "postgresql://", 1)
