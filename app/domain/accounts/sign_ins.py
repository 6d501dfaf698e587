"""Who is signed in where: a row for each sign-in, and its session is worth nothing without it.

The rows are the durable tier of the sessions. The cache may lose a session: `recover` finds what it
takes to make it anew. It may also bring an ended one back, after a failover: its row is gone.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from app.cache import Policy, Query
from app.database import Ask, directly
from app.domain.accounts.passwords import locked
from app.domain.accounts.person import Person
from app.models import LARGEST_ID, Operator, SignIn
from app.sessions import Recovered

# A person works on a desk, a phone, a tablet at the line; more are forgotten sign-ins.
MOST = 10
# How often a row says that it was seen: precise enough beside an idle time of half an hour.
SEEN_EVERY = timedelta(minutes=5)

# Asked by every request of everybody who is signed in. Every change of a row expels its own answer
# alone; an hour bounds nothing but memory.
WHO = Query(
    select(
        SignIn.id.label("sign_in"),
        SignIn.name.label("session"),
        SignIn.role.label("named_for"),
        SignIn.seen_at,
        SignIn.expires_at,
        Operator.id,
        Operator.plant_id,
        Operator.username,
        Operator.name,
        Operator.role,
        Operator.active,
    )
    .join(Operator, Operator.id == SignIn.operator_id)
    .where(
        SignIn.id == bindparam("sign_in"),
        SignIn.operator_id == bindparam("operator"),
        # Said once more, so that the answer depends on this person's row and on nobody else's.
        Operator.id == bindparam("operator"),
    ),
    name="who",
    policy=Policy(fresh_for=timedelta(hours=1), near="tracked"),
)


class Lasting(NamedTuple):
    """A sign-in that is not over, of an operator whose account is open."""

    id: int
    operator: int
    seen_at: datetime
    expires_at: datetime

    def is_idle(self, now: datetime, after: timedelta) -> bool:
        """Whether nobody used it for so long."""
        return now - self.seen_at >= after


class Principal(Person, frozen=True, kw_only=True):
    """Who is asking: a person with an open account, signed in by this session."""

    sign_in: int
    seen_at: datetime
    # The role it had when the session was last moved: another one asks for another move.
    named_for: str


def principal(
    session: Session,
    *,
    sign_in: int,
    operator: int,
    name: str,
    now: datetime,
    ask: Ask = directly,
) -> Principal | None:
    """Who the session of this name is, or None where its sign-in is not theirs, or is over."""
    for row in ask(session, WHO, sign_in=sign_in, operator=operator):
        if row.active and row.session == name and row.expires_at > now:
            return Principal(**{key: getattr(row, key) for key in Principal.__struct_fields__})
    return None


def sign_in(
    session: Session,
    operator: Operator,
    *,
    name: str,
    device: str,
    address: str,
    now: datetime,
    until: datetime,
) -> tuple[SignIn, list[str]]:
    """Note that this operator, who must be locked, signed in; and the names of what ended by that.

    Of more than `MOST` the oldest end, and whatever is over goes too.
    """
    rows = list(_rows(session, operator.id))
    over = [row for row in rows if row.is_over(now)]
    rest = [row for row in rows if not row.is_over(now)]
    ended = over + rest[: max(0, len(rest) - MOST + 1)]
    _delete(session, ended)
    new = SignIn(
        operator_id=operator.id,
        name=name,
        role=operator.role,
        device=device,
        address=address,
        signed_in_at=now,
        seen_at=now,
        expires_at=until,
    )
    session.add(new)
    session.flush()
    return new, [row.name for row in ended]


def sign_ins(session: Session, operator_id: int) -> list[SignIn]:
    """Where this person is signed in, the newest first."""
    return list(_rows(session, operator_id))[::-1]


def sign_out(session: Session, name: str) -> None:
    """End the sign-in whose session has this name, if there is one."""
    _delete(session, session.scalars(select(SignIn).where(SignIn.name == name)))


def revoke(session: Session, operator_id: int, sign_in_id: int) -> str | None:
    """End one of this person's sign-ins: its session's name; None if they have none of that id."""
    if sign_in_id > LARGEST_ID:
        return None
    row = session.get(SignIn, sign_in_id, with_for_update=True)
    if row is None or row.operator_id != operator_id:
        return None
    _delete(session, [row])
    return row.name


def revoke_all(session: Session, operator_id: int, *, keep: int | None = None) -> list[str]:
    """End all sign-ins of this person but `keep`: their sessions' names; `NoSuchOperator`."""
    # Nobody signs in meanwhile: else one could slip in between.
    locked(session, operator_id)
    ended = [row for row in _rows(session, operator_id) if row.id != keep]
    _delete(session, ended)
    return [row.name for row in ended]


def held(session: Session, sign_in_id: int, name: str) -> SignIn | None:
    """The sign-in whose session has this name, locked so that one request alone renames it."""
    row = session.get(SignIn, sign_in_id, with_for_update=True, populate_existing=True)
    return row if row is not None and row.name == name else None


def lasting(session: Session, names: Collection[str], *, now: datetime) -> dict[str, Lasting]:
    """By the names of their sessions: those sign-ins that last, all by one query."""
    rows = session.execute(
        select(SignIn.name, SignIn.id, SignIn.operator_id, SignIn.seen_at, SignIn.expires_at)
        .join(Operator, Operator.id == SignIn.operator_id)
        .where(SignIn.name.in_(names), SignIn.expires_at > now, Operator.active)
    )
    return {row.name: Lasting(row.id, row.operator_id, row.seen_at, row.expires_at) for row in rows}


def note_in_use(session: Session, ids: Collection[int], now: datetime) -> None:
    """Record that these sign-ins were seen, each at most every `SEEN_EVERY`."""
    session.execute(
        update(SignIn)
        .where(SignIn.id.in_(ids), SignIn.seen_at <= now - SEEN_EVERY)
        .values(seen_at=now)
    )


def recover(session: Session, name: str, *, now: datetime, idle: timedelta) -> Recovered | None:
    """What the cache lost of the session of this name; None if it was over by then.

    One that nobody used for `idle` does not come back, and neither does one whose account closed.
    """
    found = lasting(session, [name], now=now).get(name)
    if found is None or found.is_idle(now, idle):
        return None
    return Recovered(found.operator, found.expires_at, {"sign_in": found.id})


def _rows(session: Session, operator_id: int) -> Iterable[SignIn]:
    """The oldest first."""
    return session.scalars(
        select(SignIn).where(SignIn.operator_id == operator_id).order_by(SignIn.id)
    )


def _delete(session: Session, rows: Iterable[SignIn]) -> None:
    # By their ids: that expels what was known of them, and not of everybody.
    session.execute(delete(SignIn).where(SignIn.id.in_([row.id for row in rows])))
