"""The command: lays out the plant in one transaction, so that half a plant never stays."""

import secrets
import time
from datetime import UTC, datetime, timedelta

import click
from flask import Flask
from sqlalchemy.orm import Session

from app.commands.moments import Moment
from app.commands.prompts import secret
from app.commands.refusals import plainly
from app.commands.seed import tables
from app.commands.seed.past import Past, remember
from app.commands.seed.people import DEMO_USERNAMES
from app.commands.seed.production import SLOT, Made
from app.commands.seed.readings import days as days_of_readings
from app.commands.seed.shifts import breaks, patterns
from app.domain import leaderboards
from app.domain.accounts import BadUser
from app.domain.accounts.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD, hashed
from app.domain.andon import first_types
from app.domain.stops import first_reasons
from app.domain.telemetry import DAYS_AHEAD, prepare_days
from app.parts import Parts

LONGEST_PAST_DAYS = 365


def install(app: Flask, parts: Parts) -> None:
    @app.cli.command("seed", with_appcontext=False)
    @click.option("--seed", default=1, show_default=True, help="Another number, another past.")
    @click.option("--now", type=Moment(), help="When the past ends.  [default: now]")
    @click.option(
        "--days",
        type=click.IntRange(1, LONGEST_PAST_DAYS),
        default=30,
        show_default=True,
        help="How long the past is.",
    )
    @click.option("--if-empty", is_flag=True, help="Leave a plant that is there alone; exit 0.")
    @click.option(
        "--password-stdin", is_flag=True, help="The demo accounts' password, from standard input."
    )
    @plainly()
    def run(
        seed: int, now: datetime | None, days: int, *, if_empty: bool, password_stdin: bool
    ) -> None:
        """Lay out a believable plant with a past.

        The same --seed and --now give the same ids and values.
        """
        password = _password(from_stdin=password_stdin)
        with parts.database.transaction() as session:
            if not tables.is_empty(session):
                if if_empty:
                    return
                raise click.ClickException(
                    "this database holds a plant, or readings of one, already"
                )
            began = time.monotonic()
            past = remember(seed=seed, now=_truncated(now or datetime.now(UTC)), days=days)
            _store(session, past, password)
        click.echo(f"{_told(past)}; {time.monotonic() - began:.1f} s")
        shown = "the password given" if password_stdin else password
        click.echo(f"sign in as {', '.join(DEMO_USERNAMES[:-1])} or viewer with {shown}")


def _store(session: Session, past: Past, password: str) -> None:
    _store_floor(session, past, password)
    _store_past(session, past)
    _store_readings(session, past)
    tables.go_on_counting(session)


def _told(past: Past) -> str:
    lines = past.lines
    return (
        f"{len(past.floor.plants)} plants, {len(lines)} lines, {len(past.people)} people, "
        f"{sum(len(line.calls) for line in lines):,} calls, "
        f"{sum(len(line.made) for line in lines):,} rows of output, "
        f"{sum(len(line.sensors) for line in lines) * past.slots:,} readings"
    )


def _store_floor(session: Session, past: Past, password: str) -> None:
    tables.insert(session, past.floor.plants)
    for first in (first_types, first_reasons):
        tables.insert(session, [row for plant in past.floor.plants for row in first(plant.id)])
    lines = [line.line for line in past.floor.lines]
    tables.insert(session, [row for plant in past.floor.plants for row in patterns(plant, lines)])
    tables.insert(session, lines)
    tables.insert(session, [row for line in past.floor.lines for row in line.stations])
    tables.insert(session, [row for line in past.floor.lines for row in line.sensors])
    for person in past.people:
        if person.operator.username in DEMO_USERNAMES:
            person.operator.password_hash = hashed(password)
    tables.insert(session, [person.operator for person in past.people])


def _store_past(session: Session, past: Past) -> None:
    planned = [shift for line in past.lines for shift in line.shifts]
    tables.insert(session, planned)
    tables.insert(session, [rest for shift in planned for rest in breaks(shift)])
    tables.insert(session, [call for line in past.lines for call in line.calls])
    made = [row for line in past.lines for row in line.made]
    with click.progressbar(length=1, label="output") as bar:
        tables.copy(session, "output", ", ".join(Made._fields), tables.as_lines(made))
        bar.update(1)
    leaderboards.recount(session, now=past.now)


def _store_readings(session: Session, past: Past) -> None:
    """The readings day by day, what they raised, and what is newest of each sensor and line."""
    prepare_days(session, first=past.start, last=past.now + timedelta(days=DAYS_AHEAD))
    sensors = [sensor for line in past.lines for sensor in line.sensors]
    stored = days_of_readings(sensors, start=past.start, slots=past.slots)
    with click.progressbar(length=len(sensors) * past.slots, label="readings") as bar:
        for rows, count in stored:
            tables.copy(session, "reading", "sensor_id, at, value", rows)
            bar.update(count)
    tables.insert(session, past.alerts())
    tables.insert(session, [sensor.status(past.now) for sensor in sensors])
    tables.insert(session, [line.status(past.now) for line in past.lines])


def _password(*, from_stdin: bool) -> str:
    """The demo accounts' password: the one piped in, or a new one."""
    if not from_stdin:
        return secrets.token_urlsafe(12)
    password = secret("Password", from_stdin=True)
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise BadUser(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    return password


def _truncated(moment: datetime) -> datetime:
    """The slot that `moment` is in, so that readings fall on round minutes."""
    return moment - (moment - datetime.min.replace(tzinfo=UTC)) % SLOT
