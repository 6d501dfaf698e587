"""Settings, read once and complained about together."""

from datetime import timedelta

import pytest

from app.config import Config, ConfigError
from app.streams.client import as_redis_url

GOOD = {
    "SECRET_KEY": "x" * 32,
    "DATABASE_URL": "postgresql://a:b@c:5432/d",
    "CACHE_URL": "valkeys://cache:6379/0",
}


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(ConfigError) as refused:
        Config.from_environment({})

    assert str(refused.value) == (
        "SECRET_KEY is missing; DATABASE_URL is missing; CACHE_URL is missing"
    )


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("SECRET_KEY", "short", "SECRET_KEY is shorter than 32 characters"),
        ("DATABASE_URL", "mysql://x", "DATABASE_URL does not begin with postgresql://"),
        ("CACHE_URL", "http://x", "CACHE_URL begins with none of"),
        ("QUERY_CACHE_URL", "http://x", "QUERY_CACHE_URL begins with none of"),
        ("QUERY_CACHE_AWAY", "maybe", "QUERY_CACHE_AWAY is none of owe, refuse, fence"),
        ("LIVE_PORT", "eighty", "LIVE_PORT is no whole number from 1 to 65535"),
        ("LIVE_PORT", "0", "LIVE_PORT is no whole number from 1 to 65535"),
        ("INGEST_FUNCTION", "andon-ingest", "INGEST_FUNCTION is no ARN"),
        ("LANDING_STREAMS", "65", "LANDING_STREAMS is no whole number from 1 to 64"),
        ("ANDON_ENVIRONMENT", "staging", "ANDON_ENVIRONMENT is none of production, development"),
    ],
)
def test_what_cannot_be_read_is_named(name: str, value: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        Config.from_environment(GOOD | {name: value})


def test_a_secret_is_never_in_the_complaint() -> None:
    with pytest.raises(ConfigError) as refused:
        Config.from_environment({"SECRET_KEY": "hunter2", "CACHE_URL": "x://:hunter3@h"})

    assert "hunter" not in str(refused.value)


def test_what_is_not_said_has_a_default() -> None:
    config = Config.from_environment(GOOD)

    assert config.in_production
    assert config.live_port is None
    assert config.session_lifetime == timedelta(hours=12)


def test_the_variables_of_a_coupled_database_are_understood() -> None:
    rds = {
        "RDS_HOSTNAME": "db",
        "RDS_PORT": "5432",
        "RDS_DB_NAME": "ebdb",
        "RDS_USERNAME": "andon",
        "RDS_PASSWORD": "p@ss/word",
    }
    config = Config.from_environment(
        {name: value for name, value in GOOD.items() if name != "DATABASE_URL"} | rds
    )

    assert config.database_url == "postgresql://andon:p%40ss%2Fword@db:5432/ebdb"


@pytest.mark.parametrize(
    ("ours", "known"),
    [
        ("valkey://h:1/0", "redis://h:1/0"),
        ("valkeys://h:1/0", "rediss://h:1/0"),
        ("redis://h:1/0", "redis://h:1/0"),
        ("rediss://h:1/0", "rediss://h:1/0"),
    ],
)
def test_valkeys_schemes_are_known(ours: str, known: str) -> None:
    assert as_redis_url(ours) == known
