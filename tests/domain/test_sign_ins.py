"""Rows of sign-ins: what they are worth, how many there are, and what they bring back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from app.domain.accounts import operator_for_password, set_active, sign_ins
from app.models import Operator, SignIn
from app.parts import Parts
from app.sessions import Recovered
from tests.builders import PASSWORD, Plant

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
IDLE = timedelta(minutes=30)

SignsIn = Callable[..., SignIn]


@pytest.fixture
def signs_in(parts: Parts, plant: Plant) -> SignsIn:
    """Signs somebody in under a session's name."""

    def run(name: str, *, who: str = "vera", now: datetime = NOW) -> SignIn:
        with parts.database.transaction() as session:
            return enter(session, name, who=who, now=now)[0]

    return run


def enter(
    session: Session, name: str, *, who: str = "vera", now: datetime = NOW
) -> tuple[SignIn, list[str]]:
    operator = operator_for_password(session, who, PASSWORD)
    assert operator is not None
    return sign_ins.sign_in(
        session,
        operator,
        name=name,
        device="Chrome on Android",
        address="192.0.2.7",
        now=now,
        until=now + timedelta(hours=12),
    )


def names(parts: Parts, operator: int) -> list[str]:
    with parts.database.transaction() as session:
        return [row.name for row in sign_ins.sign_ins(session, operator)]


def who(parts: Parts, row: SignIn, **but: object) -> sign_ins.Principal | None:
    asked = {"sign_in": row.id, "operator": row.operator_id, "name": row.name, "now": NOW} | but
    with parts.database.transaction() as session:
        return sign_ins.principal(session, ask=parts.cache.rows, **asked)  # type: ignore[arg-type]


def test_a_session_is_its_operator_while_its_row_is_there(
    parts: Parts, plant: Plant, signs_in: SignsIn
) -> None:
    row = signs_in("t:one")
    before = who(parts, row)
    with parts.database.transaction() as session:
        sign_ins.sign_out(session, "t:one")

    assert before is not None
    assert (before.username, before.may("viewer"), before.may("operator")) == ("vera", True, False)
    assert who(parts, row) is None


@pytest.mark.parametrize(
    "but",
    [
        {"name": "t:other"},
        {"operator": 2},
        {"sign_in": 999},
        {"now": NOW + timedelta(hours=12)},
    ],
    ids=str,
)
def test_a_row_is_worth_nothing_to_another_session(
    parts: Parts, signs_in: SignsIn, but: dict[str, object]
) -> None:
    row = signs_in("t:one")

    assert who(parts, row) is not None
    assert who(parts, row, **but) is None


def test_closing_an_account_is_felt_by_the_next_question(
    parts: Parts, plant: Plant, signs_in: SignsIn
) -> None:
    row = signs_in("t:one")
    before = who(parts, row)
    with parts.database.transaction() as session:
        set_active(session, plant.people["vera"], active=False, by=None)

    assert before is not None
    assert who(parts, row) is None


def test_the_eleventh_sign_in_ends_the_oldest(
    parts: Parts, plant: Plant, signs_in: SignsIn
) -> None:
    for number in range(sign_ins.MOST):
        signs_in(f"t:{number}")
    signs_in("t:otto", who="otto")
    with parts.database.transaction() as session:
        _, ended = enter(session, "t:new")

    assert ended == ["t:0"]
    assert names(parts, plant.people["vera"]) == ["t:new", *(f"t:{n}" for n in range(9, 0, -1))]
    assert names(parts, plant.people["otto"]) == ["t:otto"]


def test_what_is_over_goes_before_what_is_not(
    parts: Parts, plant: Plant, signs_in: SignsIn
) -> None:
    signs_in("t:live")
    signs_in("t:over", now=NOW - timedelta(hours=12))
    with parts.database.transaction() as session:
        _, ended = enter(session, "t:new")

    assert ended == ["t:over"]
    assert names(parts, plant.people["vera"]) == ["t:new", "t:live"]


def test_ten_at_once_leave_ten(parts: Parts, plant: Plant, signs_in: SignsIn) -> None:
    for number in range(5):
        signs_in(f"t:before-{number}")
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(signs_in, [f"t:{number}" for number in range(10)]))

    assert len(names(parts, plant.people["vera"])) == sign_ins.MOST
    assert not [name for name in names(parts, plant.people["vera"]) if "before" in name]


def test_a_password_that_changed_while_it_was_checked_lets_nobody_in(
    parts: Parts, plant: Plant
) -> None:
    with parts.database.transaction() as changing, ThreadPoolExecutor(1) as pool:
        changing.execute(update(Operator).values(password_hash="another"))

        def check() -> bool:
            with parts.database.transaction() as session:
                return operator_for_password(session, "vera", PASSWORD) is not None

        checked = pool.submit(check)
        wait_for_lock(parts)
        changing.commit()

        assert not checked.result(timeout=30)


def wait_for_lock(parts: Parts) -> None:
    """Until somebody waits for a row."""
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND datname = current_database()"
    )
    deadline = datetime.now(UTC) + timedelta(seconds=30)
    while datetime.now(UTC) < deadline:
        with parts.database.engine.connect() as connection:
            if connection.scalar(text(waiting)):
                return
    pytest.fail("nobody waits for the row")


def test_nobody_ends_what_is_not_theirs(parts: Parts, plant: Plant, signs_in: SignsIn) -> None:
    row = signs_in("t:one")
    with parts.database.transaction() as session:
        anothers = sign_ins.revoke(session, plant.people["otto"], row.id)
        unknown = [sign_ins.revoke(session, plant.people["vera"], n) for n in (0, 999, 2**40)]
        own = sign_ins.revoke(session, plant.people["vera"], row.id)

    assert (anothers, unknown, own) == (None, [None] * 3, "t:one")


def test_all_but_one_end(parts: Parts, plant: Plant, signs_in: SignsIn) -> None:
    rows = [signs_in(f"t:{number}") for number in range(3)]
    signs_in("t:otto", who="otto")
    with parts.database.transaction() as session:
        ended = sign_ins.revoke_all(session, plant.people["vera"], keep=rows[1].id)

    assert ended == ["t:0", "t:2"]
    assert names(parts, plant.people["vera"]) == ["t:1"]
    assert names(parts, plant.people["otto"]) == ["t:otto"]


def test_being_seen_is_noted_every_five_minutes(
    parts: Parts, plant: Plant, signs_in: SignsIn
) -> None:
    row = signs_in("t:one")
    seen = []
    for minutes in (1, 4, 5, 6, 9, 10):
        with parts.database.transaction() as session:
            sign_ins.note_in_use(session, [row.id], NOW + timedelta(minutes=minutes))
            found = session.get_one(SignIn, row.id, populate_existing=True)
            seen.append((found.seen_at - NOW) // timedelta(minutes=1))

    assert seen == [0, 0, 5, 5, 5, 10]


def recovered(parts: Parts, name: str, now: datetime) -> Recovered | None:
    with parts.database.transaction() as session:
        return sign_ins.recover(session, name, now=now, idle=IDLE)


def test_what_the_cache_lost_is_found_by_its_name(
    parts: Parts, plant: Plant, signs_in: SignsIn
) -> None:
    row = signs_in("t:one")
    signs_in("t:two", who="otto")

    assert recovered(parts, "t:one", NOW + timedelta(minutes=29)) == (
        plant.people["vera"],
        NOW + timedelta(hours=12),
        {"sign_in": row.id},
    )
    assert recovered(parts, "t:three", NOW) is None


def test_what_was_over_is_not_found(parts: Parts, plant: Plant, signs_in: SignsIn) -> None:
    signs_in("t:idle")
    row = signs_in("t:old")
    with parts.database.transaction() as session:
        sign_ins.note_in_use(session, [row.id], NOW + timedelta(hours=12))

    assert recovered(parts, "t:idle", NOW + IDLE) is None
    assert recovered(parts, "t:old", NOW + timedelta(hours=11, minutes=59)) is not None
    assert recovered(parts, "t:old", NOW + timedelta(hours=12)) is None


def test_a_closed_account_recovers_nothing(parts: Parts, plant: Plant, signs_in: SignsIn) -> None:
    signs_in("t:one")
    before = recovered(parts, "t:one", NOW)
    with parts.database.transaction() as session:
        set_active(session, plant.people["vera"], active=False, by=None)

    assert before is not None
    assert recovered(parts, "t:one", NOW) is None
