"""After a change of how a plant is laid out, nobody anywhere goes to PostgreSQL to read it."""

import re
import time
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from app.cache import QUERIES
from app.config import Config
from app.domain import andon, board, stops, telemetry
from app.factory import create_app
from app.parts import Parts, build_parts
from tests.builders import Plant, sign_in
from tests.web.administering import send
from tests.web.browsers import Browser

LAID_OUT = re.compile(
    r"\b(?:FROM|JOIN) (?:plant|line|station|sensor|call_type|stop_reason)\b", re.IGNORECASE
)
LONGEST_WAIT_SECONDS = 60
CHANGES = {
    "a line's name": ("/plants/north/lines/1", None, {"name": "Great Press"}),
    "a sensor's limit": ("/plants/north/sensors/1", None, {"high": "77"}),
    "a station that is retired": (
        "/plants/north/stations/1",
        "/plants/north/stations/1/retirement",
        {},
    ),
    "a call type": ("/call-types/1?plant=north", None, {"name": "Danger"}),
    "a stop reason": ("/stop-reasons/3?plant=north", None, {"name": "Blockage"}),
}


@pytest.fixture
def other(config: Config, parts: Parts) -> Iterator[Parts]:
    """The parts of another process, which has asked nothing yet."""
    other = build_parts(config)
    yield other
    other.cache.close()
    other.database.engine.dispose()
    other.redis.close()


def read(parts: Parts, plant: Plant) -> tuple[set[str], str]:
    """How the answers about how the press is laid out came about, and what they say."""
    ask, press = parts.cache.rows, plant.lines["press"]
    with parts.database.transaction() as session, parts.cache.noting() as noted:
        told = (
            board.plants(session, ask=ask),
            board.find_line(session, "press", ask=ask),
            ask(session, board.plan.LINES_OF_PLANT, plant="north"),
            ask(session, board.plan.SOME_LINES, lines=(press,)),
            ask(session, board.plan.ALL_LINES),
            ask(session, board.stations.STATIONS, line=press),
            ask(session, telemetry.directory.SENSOR_NAMES),
            ask(session, telemetry.directory.LINE_NAMES),
            andon.call_types(session, plant.id, ask=ask),
            stops.reasons(session, plant.id, ask=ask),
        )
    return set(noted.outcomes), repr(told)


def forget_asked() -> None:
    """Both processes are one here: the writer is not to know by that what the other asked."""
    for query in QUERIES.values():
        query.recent.clear()


def until_kept(parts: Parts, plant: Plant) -> str:
    """Read until all is from memory: after a wipe, autovacuum's transactions have to end first."""
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while time.monotonic() < deadline:
        outcomes, told = read(parts, plant)
        if outcomes <= {"near", "hit"}:
            forget_asked()
            return told
        time.sleep(0.02)
    return pytest.fail("nothing is ever kept")


@pytest.mark.parametrize("what", CHANGES)
def test_what_an_administrator_changed_is_a_hit_in_another_process(
    *, browser: Browser, parts: Parts, other: Parts, plant: Plant, queries: list[str], what: str
) -> None:
    before = until_kept(other, plant)
    path, action, typed = CHANGES[what]
    assert send(browser("ada"), path, action, **typed).status_code == 303
    queries.clear()
    outcomes, after = read(other, plant)

    assert after != before
    assert all(word in after for word in typed.values())
    assert outcomes <= {"near", "hit"}
    assert not [query for query in queries if LAID_OUT.search(query)]


def test_a_line_that_comes_to_be_is_on_a_board_that_asks_nothing(
    browser: Browser, config: Config, parts: Parts, other: Parts, queries: list[str]
) -> None:
    vera = at_hand(create_app(config, other).test_client())
    ada = browser("ada")
    typed = {"new-name": "Paint", "new-target_per_hour": "60"}
    assert send(ada, "/plants/north", "/plants/north/lines", **typed).status_code == 303
    queries.clear()
    page = vera.get("/")

    directory = [query for query in queries if re.search(r"FROM (?:plant|line)\b", query)]

    assert "Paint" in page.text
    # What is planned of a line that is new is known to nobody yet.
    assert not [query for query in directory if "shift_id" not in query]


def at_hand(client: FlaskClient) -> FlaskClient:
    """The same browser, signed in, with the board at hand."""
    sign_in(client, "vera")
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while client.get("/").headers["X-Cache"] not in ("near", "hit"):
        assert time.monotonic() < deadline
    forget_asked()
    return client
