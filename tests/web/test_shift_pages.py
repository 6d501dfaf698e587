"""Shift patterns and the calendar, as an administrator plans them."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.models import Shift, ShiftPattern
from app.parts import Parts
from tests.builders import post
from tests.web.administering import said, send, shown
from tests.web.browsers import Browser

MAKE, DAYS, EARLY = "/shifts?plant=north", "/shifts/days?plant=north", "/shifts/1?plant=north"
WEEK = ["1", "2", "3", "4", "5", "6", "7"]
TYPED = {
    "name": "Early",
    "starts_at": "06:00",
    "ends_at": "14:00",
    "weekdays": WEEK,
    "breaks": "11:00 - 11:30\n9:00 to 09:15",
    "target-press": "500",
}


@pytest.fixture
def ada(browser: Browser) -> FlaskClient:
    return browser("ada")


def ahead(parts: Parts) -> list[int]:
    """How many shifts each pattern has ahead, by its number."""
    with parts.database.transaction() as session:
        rows = session.execute(
            select(Shift.pattern_id, func.count())
            .where(Shift.pattern_id.is_not(None), Shift.starts_at > datetime.now(UTC))
            .group_by(Shift.pattern_id)
            .order_by(Shift.pattern_id)
        )
        return [count for _, count in rows]


def test_a_pattern_is_kept_as_it_was_typed_and_lays_shifts(ada: FlaskClient, parts: Parts) -> None:
    made = send(ada, "/shifts", MAKE, **TYPED)
    form = shown(ada, EARLY)
    unchanged = ada.post(EARLY, data=form | {"weekdays": WEEK})
    with parts.database.transaction() as session:
        row = session.get_one(ShiftPattern, 1)

    assert made.status_code == 303
    assert row.breaks == [["09:00", "09:15"], ["11:00", "11:30"]]
    assert (row.targets, row.weekdays) == ({"press": 500}, [1, 2, 3, 4, 5, 6, 7])
    assert ahead(parts)[0] in (2 * 14, 2 * 15)
    assert form["breaks"] == "09:00 to 09:15\n11:00 to 11:30"
    assert unchanged.status_code == 303
    assert [action for action, _, _ in said(parts, "shift_pattern")] == ["shift_pattern.made"]


def test_what_is_no_shift_is_said_beside_its_field(ada: FlaskClient, parts: Parts) -> None:
    send(ada, "/shifts", MAKE, **TYPED)
    wrong = {
        "break": ("breaks", "at noon", "write each as «09:00 to 09:15»"),
        "hour": ("breaks", "25:00 to 26:00", "is no time of a day"),
        "outside": ("breaks", "05:00 to 05:30", "breaks are within the shift"),
        "crossed": ("breaks", "09:00 to 10:00\n09:30 to 09:45", "one after the other"),
        "begin": ("starts_at", "noon", "Not a valid time value"),
        "target": ("target-press", "-1", "Number must be between 0"),
    }
    for field, typed, complaint in wrong.values():
        refused = send(ada, "/shifts", MAKE, **(TYPED | {"name": "Other", field: typed}))

        assert refused.status_code == 422
        assert complaint in refused.text
        assert typed.splitlines()[0] in refused.text
    overlapping = send(ada, "/shifts", MAKE, **(TYPED | {"name": "Other", "ends_at": "13:00"}))
    assert "Other would overlap on Monday" in overlapping.text
    assert len(said(parts, "shift_pattern")) == 1


def test_a_later_save_of_an_older_form_is_told(ada: FlaskClient, parts: Parts) -> None:
    send(ada, "/shifts", MAKE, **TYPED)
    before = shown(ada, EARLY) | {"weekdays": WEEK}
    ada.post(EARLY, data=before | {"ends_at": "13:00"})
    late = ada.post(EARLY, data=before | {"name": "Morning"})

    assert late.status_code == 409
    assert "Stored meanwhile: 13:00." in late.text
    assert 'value="Morning"' in late.text


def test_a_holiday_takes_its_shifts_back_and_gives_them_again(
    ada: FlaskClient, parts: Parts
) -> None:
    send(ada, "/shifts", MAKE, **TYPED)
    full = ahead(parts)[0]
    day = (datetime.now(UTC) + timedelta(days=5)).date().isoformat()
    typed = {"day-day": day, "day-what": "rest", "day-name": "Feast"}
    send(ada, "/shifts", DAYS, **typed)
    page, less = ada.get("/shifts").text, ahead(parts)[0]
    twice = send(ada, "/shifts", DAYS, **typed)
    send(ada, "/shifts", "/shifts/days/1/removal?plant=north")

    assert "Feast · Nobody works" in page
    assert less == full - 2
    assert twice.status_code == 422
    assert f"entry for {day}" in twice.text
    assert ahead(parts) == [full]
    actions = [action for action, _, _ in said(parts, "calendar_day")]
    assert actions == ["calendar_day.made", "calendar_day.removed"]


def test_a_pattern_of_another_plant_is_not_there(ada: FlaskClient, browser: Browser) -> None:
    assert ada.get("/shifts/99").status_code == 404
    assert ada.get(f"/shifts/{2**70}").status_code == 404
    assert post(ada, "/shifts/99").status_code == 404
    assert post(ada, f"/shifts/days/{2**70}/removal").status_code == 404
    assert ada.get("/shifts?plant=mars").status_code == 404
    assert browser("otto").get("/shifts").status_code == 403
