"""Tokens for programs: each acts for who made it, is shown once, and is kept as a digest."""

import hmac
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, select, true, update
from sqlalchemy.orm import Session

from app.domain.accounts.errors import BadToken, NoSuchPlant, NoSuchToken
from app.domain.accounts.gateways import digest
from app.domain.accounts.passwords import locked
from app.domain.accounts.person import Person
from app.models import LARGEST_ID, SCOPES, ApiToken, By, Operator, Plant, at_least, note

# Nobody takes it for a gateway's, and whoever finds one in a repository knows what it is.
PREFIX = "andon_"
LONGEST_NAME = 80
LONGEST_LIFE_DAYS = 366
# More are forgotten ones.
MOST = 50
USED_EVERY = timedelta(hours=1)
# From which role on a scope is worth something.
NEEDS = {"read": "viewer", "calls": "operator", "lines": "supervisor"}


class Holder(Person, frozen=True, kw_only=True):
    """A program that acts for the person who made its token, within the token's scopes."""

    token_id: int
    scopes: frozenset[str]
    # The one plant it is for, if it is for one.
    bound_to: int | None
    used_at: datetime | None

    def sees(self, plant_id: int) -> bool:
        return self.bound_to in (None, plant_id)


class TokenView(NamedTuple):
    """A token as a person sees it: what it may and when it was used, and nothing of itself."""

    id: int
    name: str
    scopes: str
    plant: str | None
    made_by: str
    operator_id: int
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None


def make_token(
    session: Session,
    *,
    name: str,
    scopes: Collection[str],
    days: int,
    by: int,
    now: datetime,
    plant: str | None = None,
    address: str | None = None,
) -> tuple[str, ApiToken]:
    """A token, in its own words this once, and its row.

    Refuses with `BadToken` or `NoSuchPlant`.
    """
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadToken(f"a token's name has 1 to {LONGEST_NAME} characters")
    if not 1 <= days <= LONGEST_LIFE_DAYS:
        raise BadToken(f"a token lives 1 to {LONGEST_LIFE_DAYS} days")
    # Locked, so that two at once are counted one after the other.
    operator = locked(session, by)
    asked = _checked(scopes, operator.role)
    if len(session.scalars(_live(now).where(ApiToken.operator_id == by)).all()) >= MOST:
        raise BadToken(f"one has at most {MOST} tokens: revoke those that nobody uses")
    secret = secrets.token_urlsafe(32)
    row = ApiToken(
        operator_id=by,
        name=name,
        scopes=" ".join(asked),
        plant_id=_plant(session, plant),
        token_digest=digest(secret),
        made_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(row)
    session.flush()
    facts = {"name": name, "scopes": asked}
    note(session, "made", ("token", str(row.id)), by=By(by, now, address), facts=facts)
    return f"{PREFIX}{row.id}.{secret}", row


def revoke_token(
    session: Session,
    token_id: int,
    *,
    now: datetime,
    by: int | None,
    of: int | None,
    address: str | None = None,
) -> None:
    """It opens nothing from now on; refuses with `NoSuchToken` where it is none `of` this person.

    None as `of` is for who may revoke everybody's.
    """
    row = session.get(ApiToken, token_id, with_for_update=True) if _may_be(token_id) else None
    if row is None or row.revoked_at is not None or of not in (None, row.operator_id):
        raise NoSuchToken(token_id)
    row.revoked_at = now
    subject = ("token", str(row.id))
    note(session, "revoked", subject, by=By(by, now, address), facts={"name": row.name})


def tokens(session: Session, *, now: datetime, of: int | None) -> list[TokenView]:
    """Those that open something, the newest first: of one person, or of all where `of` is None."""
    rows = session.execute(
        _live(now)
        .with_only_columns(
            ApiToken.id,
            ApiToken.name,
            ApiToken.scopes,
            Plant.name,
            Operator.name,
            ApiToken.operator_id,
            ApiToken.made_at,
            ApiToken.expires_at,
            ApiToken.used_at,
        )
        .join(Operator, Operator.id == ApiToken.operator_id)
        .outerjoin(Plant, Plant.id == ApiToken.plant_id)
        .where(true() if of is None else ApiToken.operator_id == of)
        .order_by(ApiToken.id.desc())
    )
    return [TokenView(*row) for row in rows]


def token_holder(session: Session, token: str, *, now: datetime) -> Holder | None:
    """Who comes with this token, by the database's own word; compares in constant time."""
    number, _, secret = token.removeprefix(PREFIX).partition(".")
    if not (token.startswith(PREFIX) and number.isascii() and number.isdigit()):
        return None
    row: Any = None
    if len(number) <= len(str(LARGEST_ID)) and _may_be(int(number)):
        row = session.execute(
            select(ApiToken, Operator)
            .join(Operator, Operator.id == ApiToken.operator_id)
            .where(ApiToken.id == int(number))
        ).one_or_none()
    expected = row.ApiToken.token_digest if row else b""
    if not hmac.compare_digest(expected, digest(secret)) or not _opens(row, now):
        return None
    kept, who = row.ApiToken, row.Operator
    return Holder(
        id=who.id,
        plant_id=kept.plant_id or who.plant_id,
        username=who.username,
        name=who.name,
        role=who.role,
        token_id=kept.id,
        scopes=frozenset(kept.scopes.split()),
        bound_to=kept.plant_id,
        used_at=kept.used_at,
    )


def note_used(session: Session, holder: Holder, now: datetime) -> None:
    """Record that it was used, at most every `USED_EVERY`."""
    if holder.used_at is None or now - holder.used_at >= USED_EVERY:
        session.execute(update(ApiToken).where(ApiToken.id == holder.token_id).values(used_at=now))


def _opens(row: Any, now: datetime) -> bool:  # noqa: ANN401 (a row)
    return row.ApiToken.revoked_at is None and row.ApiToken.expires_at > now and row.Operator.active


def _live(now: datetime) -> Select[ApiToken]:
    return select(ApiToken).where(ApiToken.revoked_at.is_(None), ApiToken.expires_at > now)


def _may_be(token_id: int) -> bool:
    """Whether the column holds such a number."""
    return 0 < token_id <= LARGEST_ID


def _checked(scopes: Collection[str], role: str) -> list[str]:
    """The scopes in their order, each once."""
    if not scopes or not set(scopes) <= set(SCOPES):
        raise BadToken(f"a token is for one or more of {', '.join(SCOPES)}")
    for scope in scopes:
        if not at_least(role, NEEDS[scope]):
            raise BadToken(f"the scope «{scope}» takes the role {NEEDS[scope]}")
    return [scope for scope in SCOPES if scope in scopes]


def _plant(session: Session, slug: str | None) -> int | None:
    if slug is None:
        return None
    plant_id = session.scalar(select(Plant.id).where(Plant.slug == slug))
    if plant_id is None:
        raise NoSuchPlant(slug)
    return plant_id
