"""Why lines stood, as people say, whatever pieces come late; and stops that are planned."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.database import directly
from app.domain import board, reports, stops
from app.models import Audit, Output, PlannedStop, Plant, SaidReason, Shift, ShiftBreak, StopReason
from app.parts import Parts
from tests.builders import Plant as Laid

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 3, 2, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NOW = START + timedelta(hours=20)


class Press:
    """A press on a shift of eight hours, that stood from minute 60 to minute 120."""

    def __init__(self, session: Session, plant: Laid) -> None:
        self.session, self.plant = session, plant
        self.line = board.find_line(session, "press")
        session.execute(text("DELETE FROM shift"))
        shift = Shift(line_id=self.line.id, starts_at=START, ends_at=at(480), target=480)
        session.add(shift)
        session.flush()
        self.shift_id = shift.id
        self.made(*range(0, 61, 5), *range(120, 481, 5))

    def made(self, *minutes: float) -> None:
        for minute in minutes:
            self.session.add(
                Output(id=uuid.uuid4(), line_id=self.line.id, at=at(minute), good=1, scrap=0)
            )
        self.session.flush()

    def says(self, minute: float, reason: str, comment: str = "", *, now: datetime = NOW) -> None:
        stops.give_reason(
            *(self.session, self.line, at(minute)),
            reason=reason,
            comment=comment,
            by=self.plant.people["otto"],
            now=now,
            address="10.0.0.7",
        )
        self.session.flush()

    def stood(self, now: datetime = NOW) -> dict[tuple[float, float], str | None]:
        """Each stop, from when until when, and its reason."""
        span = reports.between("", START, at(480), zone=BERLIN, now=now)
        listed, _ = reports.stops(self.session, span, plant="north", ask=directly, now=now)
        return {
            ((row.starts_at - START) / MINUTE, (row.ends_at - START) / MINUTE): row.reason
            for row in sorted(listed, key=lambda row: row.starts_at)
        }

    def audited(self) -> list[Any]:
        return list(self.session.scalars(select(Audit).order_by(Audit.id)))


def at(minute: float) -> datetime:
    return START + minute * MINUTE


@pytest.fixture
def press(parts: Parts, plant: Laid) -> Iterator[Press]:
    with parts.database.sessions() as session:
        yield Press(session, plant)
        session.rollback()


def test_a_stop_has_the_reason_that_was_said_last(press: Press) -> None:
    before = press.stood()
    press.says(60, "machine-jam", "Box in  the\nguide")
    press.says(60, "supply-material")

    assert before == {(60, 120): None}
    assert press.stood() == {(60, 120): "Supply: No material"}


def test_every_change_is_in_the_audit_with_what_was_before(press: Press) -> None:
    press.says(60, "machine-jam", "Box in  the\nguide")
    press.says(60, "machine-jam", "Box in the guide")
    press.says(60, "")
    said, taken_back = press.audited()

    assert said.facts == {
        "from": {},
        "to": {"reason": "machine-jam", "comment": "Box in the guide"},
    }
    assert taken_back.facts == {
        "from": {"reason": "machine-jam", "comment": "Box in the guide"},
        "to": {"reason": None, "comment": None},
    }
    assert (said.action, said.subject_kind, said.subject_id, said.address) == (
        *("stop.reasoned", "stop", f"press {at(60).isoformat()}", "10.0.0.7"),
    )
    assert press.stood() == {(60, 120): None}


def test_a_stop_that_a_late_piece_cuts_keeps_its_reason_in_both_parts(press: Press) -> None:
    press.says(60, "machine-jam")
    press.made(90)
    both = press.stood()
    press.says(90, "quality-parts")
    one_of_them = press.stood()
    press.says(60, "supply-material")

    assert set(both.values()) == {"Machine: Jam"}
    assert list(both) == [(60, 90), (90, 120)]
    assert list(one_of_them.values()) == ["Machine: Jam", "Quality: Bad parts"]
    assert list(press.stood().values()) == ["Supply: No material", "Quality: Bad parts"]


def test_a_reason_that_was_changed_for_one_part_stays_in_the_other(press: Press) -> None:
    press.says(60, "machine-jam")
    press.made(90)
    press.says(60, "supply-material")

    assert list(press.stood().values()) == ["Supply: No material", "Machine: Jam"]


def test_what_was_said_while_a_line_stood_holds_when_it_goes_on(press: Press) -> None:
    press.session.execute(text("DELETE FROM output WHERE at > :at"), {"at": at(60)})
    press.session.execute(text("DELETE FROM stop"))
    press.says(60, "machine-failure", now=at(62))
    while_it_stood = press.stood(at(75))
    press.made(100)

    assert while_it_stood == {(60, 75): "Machine: Failure"}
    assert press.stood(at(105)) == {(60, 100): "Machine: Failure"}


def test_a_reason_does_not_reach_into_the_next_stop(press: Press) -> None:
    press.session.execute(text("DELETE FROM output"))
    press.session.execute(text("DELETE FROM stop"))
    press.made(*range(0, 61, 5), 100, 120, *range(130, 481, 5))
    press.says(60, "machine-jam")

    assert press.stood() == {
        (60, 100): "Machine: Jam",
        (100, 120): None,
        (120, 130): None,
    }


@pytest.mark.parametrize(
    ("minute", "reason", "comment", "refusal"),
    [
        (61, "machine-jam", "", stops.NoSuchStop),
        (55, "machine-jam", "", stops.NoSuchStop),
        (60, "gremlins", "", stops.NoSuchStopReason),
        (60, "machine-jam", "x" * 301, stops.CommentTooLong),
    ],
)
def test_what_makes_no_sense_is_refused(
    press: Press, minute: float, reason: str, comment: str, refusal: type[stops.StopsError]
) -> None:
    with pytest.raises(refusal):
        press.says(minute, reason, comment)

    assert press.session.scalar(select(func.count(SaidReason.id))) == 0


def test_a_reason_that_is_given_no_longer_cannot_be_chosen_and_is_still_told(press: Press) -> None:
    press.says(60, "machine-jam")
    press.session.execute(text("UPDATE stop_reason SET active = false WHERE slug = 'machine-jam'"))
    offered = stops.reasons(press.session, press.plant.id)

    assert "Jam" not in [one.name for group in offered for one in group.closer]
    assert press.stood() == {(60, 120): "Machine: Jam"}
    press.says(60, "supply-material")
    with pytest.raises(stops.NoSuchStopReason):
        press.says(60, "machine-jam", "again")


def test_words_about_a_stop_do_not_take_back_a_reason_that_is_given_no_longer(press: Press) -> None:
    press.says(60, "machine-jam")
    press.session.execute(text("UPDATE stop_reason SET active = false WHERE slug = 'machine-jam'"))
    press.says(60, "machine-jam", "Box in the guide")

    assert press.stood() == {(60, 120): "Machine: Jam"}
    assert press.audited()[-1].facts["to"] == {
        "reason": "machine-jam",
        "comment": "Box in the guide",
    }


def test_reasons_of_another_plant_are_none_of_this_one(press: Press) -> None:
    other = Plant(slug="south", name="South", time_zone="UTC")
    press.session.add(other)
    press.session.flush()
    press.session.add(StopReason(plant_id=other.id, slug="heat", name="Heat", position=0))
    press.session.flush()

    with pytest.raises(stops.NoSuchStopReason):
        press.says(60, "heat")


def test_time_in_a_break_is_not_lost_and_no_target_is_due_in_it(press: Press) -> None:
    press.session.add(ShiftBreak(shift_id=press.shift_id, starts_at=at(70), ends_at=at(115)))
    press.session.add(ShiftBreak(shift_id=press.shift_id, starts_at=at(100), ends_at=at(130)))
    press.session.flush()
    span = reports.between("", START, at(480), zone=BERLIN, now=NOW)
    terms: dict[str, Any] = {
        "session": press.session,
        "plant": "north",
        "ask": directly,
        "now": NOW,
    }
    (lost, _), (used, _) = reports.downtime(span=span, **terms), reports.oee(span=span, **terms)
    by_hour = [
        row.target
        for row in reports.output(span=span, by="hour", **terms).items
        if row.slug == "press"
    ]

    # It stood for ten minutes of working time, and two breaks that overlap are one hour.
    assert [(row.stops, row.seconds / 60) for row in lost if row.slug == "press"] == [(1, 10)]
    assert [line.planned_seconds / 3600 for line in used if line.label == "Press"] == [7]
    assert by_hour[:4] == [pytest.approx(each) for each in (480 / 7, 80 / 7, 400 / 7, 480 / 7)]
    assert sum(by_hour) == pytest.approx(480)


def test_a_planned_stop_is_lost_for_its_reason_unless_somebody_says_another(press: Press) -> None:
    press.session.add(
        PlannedStop(
            line_id=press.line.id,
            reason="planned-changeover",
            begins_at=at(65),
            ends_at=at(110),
        )
    )
    press.session.flush()
    declared = press.stood()
    press.says(60, "machine-setting")

    assert declared == {(60, 120): "Planned: Changeover"}
    assert press.stood() == {(60, 120): "Machine: Setting"}


def test_words_about_a_planned_stop_keep_a_reason_that_is_given_no_longer(press: Press) -> None:
    stop = {"line_id": press.line.id, "begins_at": at(65), "ends_at": at(110)}
    press.session.add(PlannedStop(reason="planned-cleaning", **stop))
    press.session.flush()
    press.session.execute(text("UPDATE stop_reason SET active = false WHERE parent = 'planned'"))
    press.says(60, "planned-cleaning", "Oil everywhere")

    assert press.stood() == {(60, 120): "Planned: Cleaning"}
    with pytest.raises(stops.NoSuchStopReason):
        press.says(60, "planned-changeover")


def test_one_planned_stop_goes_on_at_a_time_and_both_its_ends_are_audited(press: Press) -> None:
    session, line, by = press.session, press.line, press.plant.people["ada"]
    stops.declare(session, line, reason="planned-maintenance", by=by, now=at(200))
    open_one = stops.open_stop(session, line.id)

    with pytest.raises(stops.AlreadyPlanned):
        stops.declare(session, line, reason="planned-changeover", by=by, now=at(201))
    stops.end(session, line, by=by, now=at(230))
    with pytest.raises(stops.NothingPlanned):
        stops.end(session, line, by=by, now=at(231))
    session.flush()

    assert (open_one.name, open_one.begins_at, open_one.begun_by) == (
        *("Maintenance", at(200), "Ada"),
    )
    assert stops.open_stop(session, line.id) is None
    assert [(row.action, row.facts) for row in press.audited()] == [
        ("stop.planned", {"reason": "planned-maintenance"}),
        ("stop.resumed", {"reason": "planned-maintenance"}),
    ]


def test_what_nobody_plans_is_not_declared(press: Press) -> None:
    with pytest.raises(stops.NotPlanned):
        stops.declare(press.session, press.line, reason="machine-jam", by=1, now=at(200))

    groups = stops.reasons(press.session, press.plant.id)
    assert {one.name for one in stops.planned_reasons(groups)} == {
        *("Changeover", "Maintenance", "Cleaning", "No order"),
    }
