"""A password that is a token, fetched for each connection to PostgreSQL."""

from collections.abc import Iterator
from dataclasses import replace

import psycopg2
import pytest
from psycopg2 import sql
from sqlalchemy import make_url, text

from app import database
from app.config import Config
from app.database import Database
from app.iam import DatabaseTokens, Signer, Unsigned
from app.parts import Access, build_parts
from tests.iam.conftest import REGION, Amazon


class Role:
    """A user of the real server whose password is the token that was signed last."""

    def __init__(self, admin: str) -> None:
        self._admin = admin
        self._url = make_url(admin)
        self.name = "iam_andon"
        self.signed: list[str] = []
        self.run("CREATE ROLE {} LOGIN PASSWORD {}", "none yet")

    @property
    def url(self) -> str:
        """Without a password."""
        return f"postgresql://{self.name}@{self._url.host}:{self._url.port}/{self._url.database}"

    def token(self, amazon: Amazon) -> str:
        amazon.pass_by()
        token = Signer(REGION).database_token(
            user=self.name, host=str(self._url.host), port=int(self._url.port or 0)
        )
        self.run("ALTER ROLE {} PASSWORD {}", token)
        self.signed.append(token)
        return token

    def run(self, statement: str, *values: str) -> None:
        connection = psycopg2.connect(self._admin)
        connection.autocommit = True
        with connection.cursor() as cursor:
            literals = map(sql.Literal, values)
            cursor.execute(sql.SQL(statement).format(sql.Identifier(self.name), *literals))
        connection.close()


@pytest.fixture
def role(config: Config) -> Iterator[Role]:
    role = Role(config.database_url)
    yield role
    role.run("DROP ROLE {}")


@pytest.fixture
def tokens(role: Role, amazon: Amazon) -> DatabaseTokens:
    return DatabaseTokens(lambda: role.token(amazon))


def test_each_connection_has_a_token_of_its_own(role: Role, tokens: DatabaseTokens) -> None:
    database = Database(role.url, password=tokens)
    with database.engine.connect() as one, database.engine.connect() as other:
        assert {one.scalar(text("SELECT current_user")), _user(other)} == {role.name}
    database.engine.dispose()

    assert len(set(role.signed)) == 2


def _user(connection: object) -> object:
    return connection.scalar(text("SELECT current_user"))  # type: ignore[attr-defined]


def test_a_connection_that_is_kept_needs_none_anew(role: Role, tokens: DatabaseTokens) -> None:
    database = Database(role.url, password=tokens)
    for _ in range(3):
        with database.transaction() as session:
            session.execute(text("SELECT 1"))
    database.engine.dispose()

    assert len(role.signed) == 1


def test_the_engine_aside_has_tokens_too(role: Role, tokens: DatabaseTokens) -> None:
    aside = Database(role.url, password=tokens).aside()
    with aside.connect() as connection:
        assert _user(connection) == role.name
    aside.dispose()

    assert len(role.signed) == 1


def test_a_token_is_told_by_no_engine(role: Role, tokens: DatabaseTokens) -> None:
    database = Database(role.url, password=tokens)
    with database.engine.connect():
        engine = database.engine
        told = f"{engine!r} {engine.url!r} {engine.url.render_as_string(hide_password=False)}"
    database.engine.dispose()

    assert "X-Amz" not in told
    assert engine.url.password is None


def test_without_credentials_the_database_is_away(role: Role) -> None:
    def nothing() -> str:
        raise Unsigned("no credentials of AWS were found")

    alone = Database(role.url, password=DatabaseTokens(nothing))

    with pytest.raises(database.PASSING, match="no credentials"), alone.engine.connect():
        pass


def test_the_parts_sign_in_as_the_settings_say(role: Role, config: Config, amazon: Amazon) -> None:
    config = replace(config, database_url=role.url, database_iam=True, aws_region=REGION)
    access = Access(config)
    token = role.token(amazon)
    parts = build_parts(config)
    with parts.database.engine.connect() as connection:
        user = _user(connection)
    parts.database.engine.dispose()

    assert access.database is not None
    assert (access.database(), user) == (token, role.name)
