"""Passwords: kept as hashes, and checked in the same time whoever they are said to belong to."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.accounts.errors import BadUser, NoSuchOperator, WrongPassword
from app.models import LARGEST_ID, Operator

# What others refer to, such as a call, may go on referring to it meanwhile.
_LOCK = {"key_share": True}
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128  # what is longer only costs us time to hash

hasher = PasswordHasher()


def hashed(password: str) -> str:
    """The password as it is stored (argon2id, RFC 9106)."""
    return hasher.hash(password)


def hashed_anew(password: str) -> str:
    """The same for a password somebody chooses; refuses with `BadUser` what is too short."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise BadUser(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    return hashed(password)


def operator_for_password(session: Session, username: str, password: str) -> Operator | None:
    """Who this is, locked until the transaction ends, or None.

    A wrong password, an unknown name and a closed account take the same time.
    """
    # No username has capitals: the table refuses them.
    found = session.scalar(select(Operator).where(Operator.username == username.lower()))
    stored = found.password_hash if found and found.active else None
    if not _matches(stored, password) or found is None:
        return None
    # A password changed, or an account closed, while the hash was worked out counts.
    operator = locked(session, found.id)
    if operator.password_hash != stored or not operator.active:
        return None
    if stored is not None and hasher.check_needs_rehash(stored):
        operator.password_hash = hashed(password)
    return operator


def has_password(session: Session, operator_id: int, password: str) -> bool:
    """Whether it is this person's password."""
    found = session.get(Operator, operator_id)
    return _matches(found.password_hash if found and found.active else None, password)


def change_password(session: Session, operator_id: int, *, current: str, new: str) -> Operator:
    """Give the person a new password, and the operator locked.

    Refuses with `WrongPassword`, `BadUser` or `NoSuchOperator`.
    """
    found = session.get(Operator, operator_id)
    stored = found.password_hash if found else None
    if not _matches(stored, current):
        raise WrongPassword("that is not your password")
    fresh = hashed_anew(new)
    operator = locked(session, operator_id)
    if operator.password_hash != stored:  # somebody was faster
        raise WrongPassword("that is not your password any more")
    operator.password_hash = fresh
    return operator


def set_password(session: Session, username: str, password: str) -> Operator:
    """The same for whoever has a shell, and need not know the current one."""
    fresh = hashed_anew(password)
    operator = named(session, username)
    operator.password_hash = fresh
    return operator


def locked(session: Session, operator_id: int) -> Operator:
    """The operator as it is now, which nobody else changes or signs in until the commit.

    Raises `NoSuchOperator`.
    """
    operator = (
        session.get(Operator, operator_id, with_for_update=_LOCK, populate_existing=True)
        if operator_id <= LARGEST_ID
        else None
    )
    if operator is None:
        raise NoSuchOperator(operator_id)
    return operator


def named(session: Session, username: str) -> Operator:
    """The operator of this username, locked; raises `NoSuchOperator`."""
    operator = session.scalar(
        select(Operator)
        .where(Operator.username == username)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if operator is None:
        raise NoSuchOperator(username)
    return operator


def _matches(stored: str | None, password: str) -> bool:
    nobodys = _nobodys_hash()
    try:
        hasher.verify(stored or nobodys, password[: LONGEST_PASSWORD + 1])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@cache
def _nobodys_hash() -> str:
    """Checked for names nobody has, so that an unknown name takes as long as a wrong password."""
    return hashed("a password that nobody has")
