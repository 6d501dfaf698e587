"""The plant of the tests in a few words."""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache

from argon2.profiles import RFC_9106_LOW_MEMORY
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.domain.accounts import issue_token
from app.domain.accounts.passwords import hashed
from app.domain.andon import first_types
from app.domain.stops import first_reasons
from app.models import Line, Operator, Sensor, Shift, Station
from app.models import Plant as PlantRow

PASSWORD = "correct horse battery"
# The least that argon2 takes.
QUICK = replace(RFC_9106_LOW_MEMORY, time_cost=1, memory_cost=8, parallelism=1)


@dataclass(slots=True)
class Plant:
    """What a test needs to know of the plant it stands in."""

    id: int
    token: str
    lines: dict[str, int] = field(default_factory=dict)
    stations: dict[str, int] = field(default_factory=dict)
    sensors: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)


@cache
def password_hash() -> str:
    return hashed(PASSWORD)


def a_plant(session: Session, *, slug: str = "north") -> Plant:
    """Two lines, three stations, four sensors; Vera views, Otto operates, Ada administers."""
    row = PlantRow(slug=slug, name=slug.title(), time_zone="Europe/Berlin")
    session.add(row)
    session.flush()
    session.add_all([*first_types(row.id), *first_reasons(row.id)])
    plant = Plant(row.id, issue_token(session, name=f"gateway-{slug}", plant=slug))
    for position, name in enumerate(("press", "weld")):
        line = Line(
            plant_id=row.id, slug=name, name=name.title(), position=position, target_per_hour=360
        )
        session.add(line)
        session.flush()
        plant.lines[name] = line.id
        _stations(session, plant, line, 1 + position)
        _shift(session, line)
    for username, role in (("vera", "viewer"), ("otto", "operator"), ("ada", "admin")):
        person = Operator(
            plant_id=row.id,
            username=username,
            name=username.title(),
            role=role,
            password_hash=password_hash(),
        )
        session.add(person)
        session.flush()
        plant.people[username] = person.id
    return plant


def _stations(session: Session, plant: Plant, line: Line, count: int) -> None:
    for number in range(1, count + 1):
        station = Station(
            line_id=line.id, slug=f"s{number}", name=f"Station {number}", position=number
        )
        session.add(station)
        session.flush()
        plant.stations[f"{line.slug}-s{number}"] = station.id
        for metric, unit in (("temperature", "°C"), ("pressure", "bar"))[: 3 - count]:
            sensor = Sensor(
                station_id=station.id,
                slug=f"{line.slug}-s{number}-{metric}",
                name=metric.title(),
                metric=metric,
                unit=unit,
                low=10.0,
                high=90.0,
            )
            session.add(sensor)
            session.flush()
            plant.sensors[sensor.slug] = sensor.id


def _shift(session: Session, line: Line) -> None:
    now = datetime.now(UTC)
    session.add(
        Shift(
            line_id=line.id,
            starts_at=now - timedelta(hours=2),
            ends_at=now + timedelta(hours=6),
            target=2880,
        )
    )


def csrf_token(client: FlaskClient, path: str = "/sign-in") -> str:
    """The token of a form on this page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)
    assert found, f"{path} has no form with a CSRF token"
    return found[1]


def sign_in(
    client: FlaskClient,
    username: str,
    password: str = PASSWORD,
    *,
    address: str = "127.0.0.1",
    **more: str,
) -> TestResponse:
    """Sign in as a person would, by the form, from an address; `more` is what else it says."""
    form = {"username": username, "password": password, "csrf_token": csrf_token(client)}
    return client.post("/sign-in", data=form | more, environ_overrides={"REMOTE_ADDR": address})


def post(
    client: FlaskClient, path: str, *, on: str = "/account/password", **form: str
) -> TestResponse:
    """Send a form, with the token of the page `on`."""
    return client.post(path, data={"csrf_token": csrf_token(client, on), **form})
