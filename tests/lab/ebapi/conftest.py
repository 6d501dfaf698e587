"""The stand-in, clients that ask it, and an environment that is up."""

import functools
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest
from botocore.config import Config

from lab.ebapi.server import Api
from tests.lab.ebapi.asking import (
    SOME,
    Ask,
    Boto,
    Configurable,
    Played,
    create,
    option,
    packed,
    upload,
)


@pytest.fixture
def environment() -> Configurable:
    return Configurable()


@pytest.fixture
def api(environment: Played, tmp_path: Path) -> Iterator[Api]:
    with Api(environment, tmp_path) as api:
        yield api
        environment.may_go_on.set()


@pytest.fixture(scope="module")
def session() -> botocore.session.Session:
    """One for all: reading the services' models is what takes its time."""
    return botocore.session.Session()


@pytest.fixture
def ask(api: Api, session: botocore.session.Session) -> Ask:
    @functools.cache
    def client(service: str) -> Boto:
        return session.create_client(
            service,
            region_name="eu-central-1",
            endpoint_url=api.url,
            aws_access_key_id="nobody",
            aws_secret_access_key="nothing",
            config=Config(retries={"total_max_attempts": 1}, proxies={}),
        )

    return client


@pytest.fixture
def up(ask: Ask, api: Api) -> Boto:
    """A client of Elastic Beanstalk, where an environment runs version v1."""
    beanstalk = ask("elasticbeanstalk")
    beanstalk.create_application(ApplicationName="andon")
    upload(ask, "v1", packed(**{".ebextensions/some.config": SOME}))
    create(ask, option("A", "set"))
    api.operations.wait()
    return beanstalk
