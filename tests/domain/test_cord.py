"""The cord's rules, on a real database: who was first, what is in the way, what was said."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain import andon
from app.domain.andon import calls
from app.models import Audit, Call, CallType, Operator
from app.parts import Parts
from tests.builders import Plant

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def pull(session: Session, reason: str = "safety", **but: object) -> Call:
    facts = {"line": "weld", "station": "s1", "by": None, "now": NOW} | but
    return andon.raise_call(session, reason=reason, **facts)  # type: ignore[arg-type]


def pulled(parts: Parts, reason: str = "safety", **but: object) -> int:
    with parts.database.transaction() as session:
        return pull(session, reason, **but).id


@pytest.mark.parametrize(
    ("first", "second", "refused"),
    [
        (("safety", "s1"), ("maintenance", "s2"), True),
        (("safety", "s1"), ("safety", "s1"), True),
        (("quality", "s1"), ("quality", "s1"), True),
        (("quality", "s1"), ("quality", "s2"), False),
        (("safety", "s1"), ("quality", "s1"), False),
    ],
)
def test_a_line_has_one_open_critical_call_and_a_station_one_of_each_type(
    parts: Parts, plant: Plant, *, first: tuple[str, str], second: tuple[str, str], refused: bool
) -> None:
    blocking = pulled(parts, first[0], station=first[1])
    try:
        pulled(parts, second[0], station=second[1])
        refusal = None
    except andon.CallAlreadyOpen as error:
        refusal = error

    assert (refusal is not None) == refused
    if refusal is not None:
        assert (refusal.call_id, refusal.line) == (blocking, "weld")
        assert f"call {blocking} open already: {first[0].title()} at Station 1" in str(refusal)


def test_critical_calls_on_two_lines_are_two(parts: Parts, plant: Plant) -> None:
    assert [pulled(parts), pulled(parts, line="press")] == [1, 2]


def raced(parts: Parts, *, first_stays: bool) -> int | None:
    """Two pull at once, the second while the first is not stored yet; whom the second met."""
    second = partial(pulled, parts, "maintenance", station="s2")
    with ThreadPoolExecutor(1) as pool, parts.database.sessions() as session:
        pull(session)
        session.flush()
        waiting = pool.submit(second)
        until_somebody_waits(parts)
        if first_stays:
            session.commit()
        else:
            session.rollback()
        try:
            waiting.result(10)
        except andon.CallAlreadyOpen as refusal:
            return refusal.call_id
    return None


def until_somebody_waits(parts: Parts) -> None:
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while True:
        with parts.database.transaction() as session:
            if session.scalar(waits):
                return


def test_of_two_who_pull_at_once_the_second_is_told_of_the_first(
    parts: Parts, plant: Plant
) -> None:
    assert raced(parts, first_stays=True) == 1


def test_who_waited_for_one_that_came_to_nothing_is_not_refused(parts: Parts, plant: Plant) -> None:
    assert raced(parts, first_stays=False) is None


def test_what_is_resolved_just_then_is_in_nobodys_way(
    parts: Parts, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = pulled(parts)
    look: Callable[[Session, Call], object] = calls._in_the_way_of  # noqa: SLF001

    def resolved_before_it_looks(session: Session, call: Call) -> object:
        with parts.database.transaction() as other:
            andon.resolve(other, first, by=plant.people["ada"], now=NOW)
        return look(session, call)

    monkeypatch.setattr(calls, "_in_the_way_of", resolved_before_it_looks)

    assert pulled(parts, "maintenance") > first


def test_the_first_who_acknowledges_stays_and_the_second_is_heard_too(
    parts: Parts, plant: Plant
) -> None:
    call_id, people = pulled(parts, note="Oil"), plant.people
    with parts.database.transaction() as session:
        for who, note in (("otto", "Coming"), ("ada", "Me too")):
            andon.acknowledge(session, call_id, by=people[who], now=NOW + MINUTE, note=note)
        (call,) = andon.open_calls(session, plant.id)
        trail = andon.trails(session, [call_id])[call_id]

    assert (call.acknowledged_by, call.acknowledged_note) == ("Otto", "Coming")
    assert [(step.action, step.who, step.facts.get("note")) for step in trail] == [
        ("raised", None, "Oil"),
        ("acknowledged", "Otto", "Coming"),
        ("acknowledged", "Ada", "Me too"),
    ]


def test_who_resolves_what_nobody_acknowledged_has_come(parts: Parts, plant: Plant) -> None:
    call_id = pulled(parts)
    with parts.database.transaction() as session:
        andon.resolve(session, call_id, by=plant.people["otto"], now=NOW + 3 * MINUTE)
        (call,) = andon.recent_calls(session, plant.lines["weld"])

    assert (call.acknowledged_by, call.acknowledged_at) == ("Otto", call.resolved_at)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("  two\n\tlines ", "two lines"),
        (" \n", None),
        ("n\0u\x1b[31ml \u202egnp.exe", "nu[31ml gnp.exe"),
        ("ä" * 300, "ä" * 300),
    ],
)
def test_words_are_kept_in_one_line_of_what_shows(
    parts: Parts, plant: Plant, said: str, kept: str | None
) -> None:
    pulled(parts, note=said)
    with parts.database.transaction() as session:
        (call,) = andon.open_calls(session, plant.id)

    assert call.raised_note == kept


def test_too_many_words_are_refused_and_nothing_is_raised(parts: Parts, plant: Plant) -> None:
    with pytest.raises(andon.NoteTooLong):
        pulled(parts, note="x" * 301)
    with parts.database.transaction() as session:
        assert andon.open_calls(session, plant.id) == []


def test_a_type_that_is_no_longer_wanted_is_not_called_for(parts: Parts, plant: Plant) -> None:
    before = pulled(parts, "help")
    with parts.database.transaction() as session:
        session.execute(update(CallType).values(active=False, name="Aid"))
    with pytest.raises(andon.NoSuchReason):
        pulled(parts, "help", station="s2")
    with parts.database.transaction() as session:
        types = andon.call_types(session, plant.id)
        (call,) = andon.open_calls(session, plant.id)

    assert not types
    assert (call.id, call.type_name) == (before, "Aid")


def test_the_most_urgent_comes_first(parts: Parts, plant: Plant) -> None:
    taken = pulled(parts, "maintenance")
    older = pulled(parts, "quality", now=NOW - MINUTE)
    newer = pulled(parts, "material")
    critical = pulled(parts, "safety", line="press", now=NOW + MINUTE)
    with parts.database.transaction() as session:
        andon.acknowledge(session, taken, by=plant.people["otto"], now=NOW)
        found = [call.id for call in andon.open_calls(session, plant.id)]

    assert found == [critical, taken, older, newer]


@pytest.mark.parametrize(("minutes", "in_time"), [(1, True), (5, True), (5.1, False)])
def test_a_response_is_judged_by_the_types_threshold(
    parts: Parts, plant: Plant, *, minutes: float, in_time: bool
) -> None:
    call_id, at = pulled(parts, "quality"), NOW + timedelta(minutes=minutes)
    with parts.database.transaction() as session:
        andon.acknowledge(session, call_id, by=plant.people["otto"], now=at)
        (call,) = andon.open_calls(session, plant.id)
        response, resolution = call.response(NOW + 31 * MINUTE), call.resolution(NOW + 31 * MINUTE)

    assert (response.took, response.threshold) == (at - NOW, 5 * MINUTE)
    assert (response.in_time, response.is_over) == (in_time, True)
    assert (resolution.in_time, resolution.is_over) == (False, False)


def test_without_its_type_a_call_is_shown_and_not_judged(parts: Parts, plant: Plant) -> None:
    pulled(parts, "quality")
    with parts.database.transaction() as session:
        session.execute(text("DELETE FROM call_type"))
        (call,) = andon.open_calls(session, plant.id)

    assert (call.type_name, call.colour) == ("quality", "grey")
    assert call.response(NOW).in_time is None


@pytest.mark.parametrize("change", ["UPDATE audit SET facts = '{}'", "DELETE FROM audit"])
def test_what_happened_is_only_added_to(parts: Parts, plant: Plant, change: str) -> None:
    pulled(parts)
    with parts.database.sessions() as session, pytest.raises(IntegrityError, match="added to"):
        session.execute(text(change))


def test_the_audit_says_who_when_and_from_where(parts: Parts, plant: Plant) -> None:
    call_id = pulled(parts, by=plant.people["otto"], address="192.0.2.7", note="Oil")
    with parts.database.transaction() as session:
        andon.take_over(session, call_id, by=plant.people["ada"], now=NOW + MINUTE)
        rows = session.execute(
            select(Operator.username, Audit.at, Audit.address, Audit.action, Audit.subject_id)
            .join(Operator, Operator.id == Audit.actor_id)
            .order_by(Audit.id)
        ).all()

    assert [tuple(row) for row in rows] == [
        ("otto", NOW, "192.0.2.7", "call.raised", str(call_id)),
        ("ada", NOW + MINUTE, None, "call.taken_over", str(call_id)),
    ]


def test_what_was_refused_leaves_no_trace(parts: Parts, plant: Plant) -> None:
    pulled(parts)
    with pytest.raises(andon.CallAlreadyOpen):
        pulled(parts)
    with parts.database.transaction() as session:
        assert session.scalar(select(func.count(Audit.id))) == 1
