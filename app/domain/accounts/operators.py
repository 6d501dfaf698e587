"""People: making an account, and finding out whose password this is."""

import re
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.accounts.errors import BadUser, NoSuchPlant, UsernameTaken
from app.models import ROLES, Operator, Plant

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128  # what is longer only costs us time to hash
USERNAME = re.compile(r"[a-z][a-z0-9.-]{1,39}")

_hasher = PasswordHasher()


def create_operator(
    session: Session, *, username: str, password: str, name: str, role: str, plant: str
) -> Operator:
    """Make an account; refuses with `BadUser`, `NoSuchPlant` or `UsernameTaken`."""
    if not USERNAME.fullmatch(username):
        raise BadUser("a username is 2 to 40 of a-z, 0-9, dot and dash, and begins with a letter")
    if role not in ROLES:
        raise BadUser(f"a role is one of {', '.join(ROLES)}")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise BadUser(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    plant_id = session.scalar(select(Plant.id).where(Plant.slug == plant))
    if plant_id is None:
        raise NoSuchPlant(plant)
    operator = Operator(
        plant_id=plant_id, username=username, name=name, role=role, password_hash=hashed(password)
    )
    try:
        with session.begin_nested():
            session.add(operator)
    except IntegrityError as error:
        raise UsernameTaken(username) from error
    return operator


def hashed(password: str) -> str:
    """The password as it is stored (argon2id, RFC 9106)."""
    return _hasher.hash(password)


def operator_for_password(session: Session, username: str, password: str) -> Operator | None:
    """Who this is, or None; it takes as long for an unknown name as for a wrong password."""
    known = USERNAME.fullmatch(username.lower())
    operator = (
        session.scalar(select(Operator).where(Operator.username == known[0])) if known else None
    )
    stored = operator.password_hash if operator and operator.active else None
    try:
        _hasher.verify(stored or _nobodys_hash(), password[: LONGEST_PASSWORD + 1])
    except (VerificationError, InvalidHashError):
        return None
    return operator if stored else None


@cache
def _nobodys_hash() -> str:
    """Checked for names nobody has, so that an unknown name takes as long as a wrong password."""
    return hashed("a password that nobody has")


def operator_or_none(session: Session, operator_id: int) -> Operator | None:
    """The operator, or None if there is none of that number or the account is closed."""
    operator = session.get(Operator, operator_id)
    return operator if operator and operator.active else None
