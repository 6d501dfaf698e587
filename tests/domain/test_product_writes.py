"""What the application writes, through whichever door, is told: judged by the rows themselves."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from psycopg2.extensions import cursor as Cursor  # noqa: N812 a class
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.orm import Session

from app.cache.analysis import WriteRecorder, telling
from app.cache.analysis.tables import is_untagged
from app.commands.seed import tables as seed
from app.config import Config
from app.domain import andon, board, telemetry
from app.models import Base, Call, Line, Unreadable
from tests.builders import Plant
from tests.cache.analysis.conftest import Told

NOW = datetime.now(UTC)
Writing = Callable[[Session, Plant], object]


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def engine(config: Config, told: Told, plant: Plant) -> Iterator[Engine]:
    """One whose writes are told, over a tiny plant with an open call."""

    def touch(_: object, tags: frozenset[str]) -> None:
        told.update(tags)

    url = config.database_url.replace("postgresql://", "postgresql+psycopg2://", 1)
    handled = {"options": "-c cache.handled=on"}  # no trigger owes what is told
    engine = create_engine(url, connect_args={"cursor_factory": telling(Cursor, touch), **handled})
    with Session(engine) as session:
        raise_call(session, plant)
        session.commit()
    told.clear()
    WriteRecorder(touch).install(engine)
    yield engine
    engine.dispose()


def raise_call(session: Session, plant: Plant, reason: str = "material") -> Call:
    return andon.raise_call(
        session, line="weld", station="s1", reason=reason, by=plant.people["otto"], now=NOW
    )


def answer(session: Session, plant: Plant) -> None:
    call_id = session.scalars(select(Call.id)).one()
    andon.acknowledge(session, call_id, by=plant.people["otto"], now=NOW)
    andon.resolve(session, call_id, by=plant.people["otto"], now=NOW)


def escalate(session: Session, _: Plant) -> None:
    (call,) = andon.escalate(session, now=NOW + timedelta(hours=1))
    assert call.escalation_level == 2


def store_readings(session: Session, plant: Plant) -> None:
    rows = [[one, NOW, 1.5] for one in plant.sensors.values()]
    telemetry.store(session, [("readings", msgspec.msgpack.encode(rows))])


def raise_alerts(session: Session, plant: Plant) -> None:
    later = NOW + timedelta(minutes=1)
    rows = [[one, at, 99.0] for one in plant.sensors.values() for at in (NOW, later)]
    telemetry.store(session, [("readings", msgspec.msgpack.encode(rows))])


def store_output(session: Session, plant: Plant) -> None:
    rows = [[UUID(int=1), plant.lines["weld"], None, NOW, 3, 1]]
    telemetry.store(session, [("output", msgspec.msgpack.encode(rows))])


def store_and_judge(session: Session, plant: Plant) -> None:
    store_output(session, plant)
    board.judge(session, now=NOW)


def set_aside(session: Session, _: Plant) -> None:
    unread = Unreadable(
        entry_id="1-1", source="x", kind="readings", batch=b"?", why="no such kind", seen_at=NOW
    )
    telemetry.set_aside(session, unread)


def prepare_days(session: Session, _: Plant) -> None:
    later = NOW + timedelta(days=400)
    assert telemetry.prepare_days(session, first=later, last=later)


def seed_rows(session: Session, plant: Plant) -> None:
    line = Line(plant_id=plant.id, slug="x", name="X", position=9, target_per_hour=1)
    seed.insert(session, [line])
    seed.go_on_counting(session)


def seed_output(session: Session, plant: Plant) -> None:
    rows = [(UUID(int=2), plant.lines["weld"], NOW.isoformat(), 1, 0)]
    seed.copy(session, "output", "id, line_id, at, good, scrap", seed.as_lines(rows))


def seed_readings(session: Session, plant: Plant) -> None:
    rows = [(one, NOW.isoformat(), 2.5) for one in plant.sensors.values()]
    seed.copy(session, "reading", "sensor_id, at, value", seed.as_lines(rows))


# What is written, the tables whose rows change, and what else is named on the way.
WRITINGS: list[tuple[Writing, set[str], set[str]]] = [
    (lambda session, plant: raise_call(session, plant, "quality"), {"call"}, {"audit"}),
    (answer, {"call"}, {"audit"}),
    (escalate, {"call"}, {"audit"}),
    # What is written all the time tells nothing, and its tables say so.
    (store_readings, set(), set()),
    (store_output, set(), set()),
    (raise_alerts, {"sensor_alert"}, set()),
    (store_and_judge, set(), set()),
    (set_aside, {"unreadable"}, set()),
    (prepare_days, set(), {"reading", f"reading_{NOW + timedelta(days=400):%Y_%m_%d}"}),
    (seed_rows, {"line"}, set()),
    (seed_output, set(), {"output"}),
    (seed_readings, set(), {"reading"}),
]


def rows_of(session: Session) -> dict[str, dict[str, str]]:
    """Each table's rows as text, by the tag of a row where a single column names it."""
    found: dict[str, dict[str, str]] = {}
    for table in Base.metadata.sorted_tables:
        key = [f"t.{column.name}" for column in table.primary_key]
        named = f"{key[0]}::text" if len(key) == 1 else "'*' || t::text"
        rows = session.execute(text(f"SELECT {named}, t::text FROM {table.name} t"))  # noqa: S608
        found[table.name] = {f"{table.name}:{name}": row for name, row in rows}
    return found


def changed(
    before: dict[str, dict[str, str]], now: dict[str, dict[str, str]]
) -> dict[str, set[str]]:
    """The tags of rows that came, went or became others, by table."""
    tags = {
        table: {tag for tag, _ in before[table].items() ^ rows.items()}
        for table, rows in now.items()
    }
    return {
        table: rows
        for table, rows in tags.items()
        if rows and not is_untagged(Base.metadata.tables[table])
    }


@pytest.mark.parametrize(
    "writing", WRITINGS, ids=[write.__name__.strip("<>") for write, *_ in WRITINGS]
)
def test_each_write_tells_the_rows_that_change(
    engine: Engine, told: Told, plant: Plant, writing: tuple[Writing, set[str], set[str]]
) -> None:
    write, tables, besides = writing
    with Session(engine) as session:
        before = rows_of(session)
        told.clear()
        write(session, plant)
        session.flush()
        touched = told.taken()
        rows = changed(before, rows_of(session))
        session.rollback()

    assert set(rows) == tables
    assert {tag.partition(":")[0] for tag in touched} == tables | besides
    for table, tags in rows.items():
        assert table in touched
        assert f"{table}:*" in touched or tags <= touched


def test_asking_and_locking_tell_nothing(engine: Engine, told: Told, plant: Plant) -> None:
    with Session(engine) as session:
        session.execute(text("SELECT pg_advisory_xact_lock(1), pg_try_advisory_xact_lock(2)"))
        andon.recent_calls(session, plant.lines["weld"])
        board.tiles(session, now=NOW)
        andon.find_call(session, session.scalars(select(Call.id)).one())

    assert told.taken() == set()
