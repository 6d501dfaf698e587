"""Settings, read once and complained about together."""

from datetime import timedelta

import pytest

from app.config import Config, ConfigError, IamUser
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
        ("CACHE_URL", "http+cluster://x", "CACHE_URL begins with none of"),
        ("QUERY_CACHE_URL", "memcached+cluster://x", "QUERY_CACHE_URL begins with none of"),
        ("QUERY_CACHE_AWAY", "maybe", "QUERY_CACHE_AWAY is none of owe, refuse, fence"),
        ("QUERY_CACHE", "no", "QUERY_CACHE is none of on, off"),
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


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("valkeys+cluster://u@h:1/0", "valkeys://u@h:1/0?cluster=true"),
        ("redis+cluster://h:1/0?db=0", "redis://h:1/0?db=0&cluster=true"),
        ("valkeys://h:1/0?cluster=true", "valkeys://h:1/0?cluster=true"),
    ],
)
def test_a_cluster_may_be_said_by_the_scheme(said: str, understood: str) -> None:
    config = Config.from_environment(GOOD | {"CACHE_URL": said, "QUERY_CACHE_URL": said})

    assert (config.cache_url, config.query_cache_url) == (understood, understood)


def test_a_fence_wants_one_server() -> None:
    settings = {"CACHE_URL": "valkeys+cluster://h:1/0", "QUERY_CACHE_AWAY": "fence"}

    with pytest.raises(ConfigError, match="QUERY_CACHE_AWAY=fence wants one"):
        Config.from_environment(GOOD | settings)


IAM = {
    "AWS_REGION": "eu-central-1",
    "CACHE_URL": "valkeys://andon@cache:6379/0",
    "CACHE_IAM": "replicationgroup:plant-cache",
}


def test_a_user_who_signs_in_with_tokens_is_taken_out_of_the_url() -> None:
    config = Config.from_environment(GOOD | IAM)

    assert config.cache_iam == IamUser(name="andon", cache="plant-cache", is_serverless=False)
    assert config.cache_url == "valkeys://cache:6379/0"
    assert config.query_cache_iam is None


def test_the_query_cache_may_have_a_user_of_its_own() -> None:
    config = Config.from_environment(
        GOOD
        | IAM
        | {
            "QUERY_CACHE_URL": "valkeys+cluster://answers%2Bandon@other:6379/0",
            "QUERY_CACHE_IAM": "serverlesscache:answers",
        }
    )

    assert config.query_cache_iam == IamUser(
        name="answers+andon", cache="answers", is_serverless=True
    )
    assert config.query_cache_url == "valkeys://other:6379/0?cluster=true"


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"CACHE_URL": "valkey://andon@cache:6379/0"}, "CACHE_IAM wants TLS"),
        ({"CACHE_URL": "valkeys://cache:6379/0"}, "CACHE_IAM wants a user in CACHE_URL"),
        ({"CACHE_URL": "valkeys://andon:hunter2@cache:6379/0"}, "and no password"),
        ({"CACHE_IAM": "plant-cache"}, "CACHE_IAM is neither replicationgroup:"),
        ({"CACHE_IAM": "replicationgroup:"}, "CACHE_IAM is neither replicationgroup:"),
        ({"CACHE_IAM": "replicationgroup:a/../b"}, "CACHE_IAM is neither replicationgroup:"),
        ({"AWS_REGION": ""}, "AWS_REGION is missing"),
        ({"QUERY_CACHE_IAM": "replicationgroup:answers"}, "QUERY_CACHE_IAM wants TLS"),
        (
            {
                "QUERY_CACHE_IAM": "replicationgroup:answers",
                "QUERY_CACHE_URL": "memcached+discovery://andon@other:11211",
            },
            "QUERY_CACHE_IAM wants TLS",
        ),
        ({"DATABASE_IAM": "yes"}, "DATABASE_IAM is none of false, true"),
        (
            {"DATABASE_IAM": "true", "DATABASE_URL": "postgresql://db:5432/plant"},
            "DATABASE_IAM wants a user and a host in DATABASE_URL",
        ),
    ],
)
def test_what_does_not_go_with_tokens_is_named(wrong: dict[str, str], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint) as refused:
        Config.from_environment(GOOD | IAM | wrong)

    assert "hunter2" not in str(refused.value)


def test_all_that_is_wrong_with_tokens_is_named_at_once() -> None:
    with pytest.raises(ConfigError) as refused:
        Config.from_environment(
            GOOD | {"CACHE_URL": "valkey://cache:6379/0", "CACHE_IAM": "x", "DATABASE_IAM": "true"}
        )

    assert str(refused.value) == (
        "CACHE_IAM wants TLS, so valkeys:// or rediss:// in CACHE_URL; "
        "CACHE_IAM wants a user in CACHE_URL, and no password; "
        "CACHE_IAM is neither replicationgroup:<id> nor serverlesscache:<name>; "
        "AWS_REGION is missing, which tokens are signed for"
    )


def test_a_database_that_takes_tokens_needs_no_password() -> None:
    config = Config.from_environment(
        {
            "SECRET_KEY": GOOD["SECRET_KEY"],
            "CACHE_URL": GOOD["CACHE_URL"],
            "AWS_REGION": "eu-central-1",
            "DATABASE_IAM": "true",
            "RDS_HOSTNAME": "db",
            "RDS_PORT": "5432",
            "RDS_DB_NAME": "ebdb",
            "RDS_USERNAME": "andon",
        }
    )

    assert config.database_iam
    assert config.database_url == "postgresql://andon@db:5432/ebdb"
