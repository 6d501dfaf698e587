"""The library in a schema of its own, and a list of what its writes touch."""

from collections.abc import Iterator

import pytest
from psycopg2.extensions import cursor
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from app.cache.analysis import WriteRecorder, telling
from app.config import Config
from tests.cache.analysis.library import SCHEMA, Base, Book, Kind, Label, Loan, Shelf, Sticker


class Told(set[str]):
    """The tags told since the last question."""

    def taken(self) -> set[str]:
        tags = set(self)
        self.clear()
        return tags


@pytest.fixture(scope="session")
def recorded(config: Config) -> Iterator[tuple[Engine, Told]]:
    told = Told()
    url = config.database_url.replace("postgresql://", "postgresql+psycopg2://", 1)

    def touch(_: object, tags: frozenset[str]) -> None:
        told.update(tags)

    engine = create_engine(url, connect_args={"cursor_factory": telling(cursor, touch)})
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
    Base.metadata.create_all(engine)
    WriteRecorder(touch).install(engine)
    yield engine, told
    with engine.begin() as connection:
        # Which tables go is not said, so the tags are.
        drop = text(f"DROP SCHEMA {SCHEMA} CASCADE").execution_options(cache_tags=[])
        connection.execute(drop)
    engine.dispose()


@pytest.fixture
def library(recorded: tuple[Engine, Told]) -> Engine:
    """Empty tables, whose rows are numbered from 1."""
    engine, told = recorded
    names = ", ".join(table.fullname for table in Base.metadata.sorted_tables)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    told.clear()
    return engine


@pytest.fixture
def told(recorded: tuple[Engine, Told]) -> Told:
    return recorded[1]


@pytest.fixture
def session(library: Engine, told: Told) -> Iterator[Session]:
    """Three shelves; a book 1 on shelf 1, and 2 on shelf 2, lent once."""
    with Session(library, expire_on_commit=False) as session:
        session.add_all([Shelf(name="a"), Shelf(name="b"), Shelf(name="c")])
        session.flush()
        session.add_all([Book(shelf_id=one, kind=Kind.NOVEL, title="t") for one in (1, 2)])
        session.flush()
        session.add(Loan(book_id=2))
        session.add_all([Label(code="a:1", words="w"), Sticker(code="a:1")])
        session.commit()
        told.clear()
        yield session


def touched(session: Session, told: Told) -> set[str]:
    session.flush()
    return {tag.replace("cachelab.", "") for tag in told.taken()}
