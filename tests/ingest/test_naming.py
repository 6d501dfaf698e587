"""The drain stores nothing of who is not let in, and nothing that names what is not here."""

import json
import uuid

import pytest

from app.domain.accounts import issue_token, revoke
from app.ingest import Handler
from app.models import Plant as PlantRow
from app.models import Sensor
from app.parts import Parts
from tests.builders import Plant
from tests.ingest.conftest import SENSOR, START, Ask, Drain, event, left, output, readings

ASIDE = "SELECT source, kind, why FROM unreadable"
NOBODY = "no gateway of this name is let in"
STORED = "SELECT count(*) FROM reading"


def test_a_gateway_that_nobody_knows_is_set_aside(
    handler: Handler, plant: Plant, drain: Drain, ask: Ask
) -> None:
    answer = handler(event(readings("gateway-nowhere")), None)
    drain()

    assert left(answer) == []
    assert ask(ASIDE) == [("gateway-nowhere", "readings-as-sent", NOBODY)]
    assert ask(STORED) == [(0,)]


def test_a_revoked_gateway_is_set_aside_though_it_sent_before(
    handler: Handler, parts: Parts, plant: Plant, drain: Drain, ask: Ask
) -> None:
    handler(event(readings()), None)
    with parts.database.transaction() as session:
        revoke(session, name="gateway-north", now=START)
    drain()

    assert ask(ASIDE) == [("gateway-north", "readings-as-sent", NOBODY)]
    assert ask(STORED) == [(0,)]


def test_a_gateway_names_only_what_is_in_its_own_plant(
    handler: Handler, parts: Parts, plant: Plant, drain: Drain, ask: Ask
) -> None:
    with parts.database.transaction() as session:
        session.add(PlantRow(slug="south", name="South", time_zone="Europe/Berlin"))
        session.flush()
        issue_token(session, name="gateway-south", plant="south")
    handler(event(readings("gateway-south"), readings()), None)
    drain()

    why = "2 items are wrong; none was taken: sensor 0: no sensor of this plant is called "
    assert ask(ASIDE) == [("gateway-south", "readings-as-sent", f"{why}'{SENSOR}'")]
    assert ask(STORED) == [(2,)]


def test_a_sensor_made_a_moment_ago_is_known(
    handler: Handler, parts: Parts, plant: Plant, drain: Drain, ask: Ask
) -> None:
    handler(event(readings()), None)
    drain()
    with parts.database.transaction() as session:
        station = plant.stations["press-s1"]
        session.add(
            Sensor(station_id=station, slug="new", name="New", metric="x", unit="x", low=0, high=1)
        )
    handler(event(readings(sensor="new")), None)
    drain()

    assert ask(ASIDE) == []
    assert ask(STORED) == [(4,)]


@pytest.mark.parametrize(
    ("items", "why"),
    [
        ([{"sensor": SENSOR, "at": "yesterday", "value": 1}], "at 0: Invalid RFC3339"),
        ([{"sensor": SENSOR, "at": "2999-01-01T00:00:00Z", "value": 1}], "is in the future"),
        ([{"sensor": SENSOR, "at": START.isoformat(), "value": float("nan")}], "finite number"),
        ([{"sensor": "a\0b", "at": START.isoformat(), "value": 1}], "is called 'a\\x00b'"),
        ([{"a\0b": 1}], "unknown field `a?b`"),
        ([{"\ud800": 1}], "surrogate pair"),
        ([], "a batch has 1 to 5000"),
        ({}, "array"),
    ],
)
@pytest.mark.usefixtures("plant")
def test_a_batch_with_a_wrong_item_is_set_aside_whole_and_holds_up_nothing(
    handler: Handler, drain: Drain, ask: Ask, items: object, why: str
) -> None:
    good = json.loads(readings())["readings"]
    batch = [*good, *items] if items and isinstance(items, list) else items
    wrong = json.dumps({"gateway": "gateway-north", "readings": batch})
    answer = handler(event(wrong, readings(first=10)), None)
    drain()
    aside = ask(ASIDE)

    assert left(answer) == []
    assert [(source, kind) for source, kind, _ in aside] == [("gateway-north", "readings-as-sent")]
    assert why.replace(" 0:", f" {len(good)}:") in aside[0][2]
    assert ask(STORED) == [(2,)]


def test_output_of_a_line_or_by_a_person_that_is_not_here_is_set_aside(
    handler: Handler, plant: Plant, drain: Drain, ask: Ask
) -> None:
    bodies = output(uuid.uuid4(), line="lathe"), output(uuid.uuid4(), operator="nobody")
    handler(event(*bodies, output(uuid.uuid4())), None)
    drain()
    why = [row[2].partition(": ")[2] for row in ask(f"{ASIDE} ORDER BY why")]

    assert why == [
        "line 0: no line of this plant is called 'lathe'",
        "operator 0: nobody here is called 'nobody'",
    ]
    assert ask("SELECT sum(good) FROM output") == [(7,)]
