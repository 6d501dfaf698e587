"""People: their accounts made, closed and opened, and what they may do."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.accounts.errors import BadUser, NoSuchPlant, NotYourself, UsernameTaken
from app.domain.accounts.passwords import hashed_anew, locked
from app.models import ROLES, By, Operator, Plant, SignIn, note

USERNAME = re.compile(r"[a-z][a-z0-9.-]{1,39}")


def create_operator(
    session: Session, *, username: str, password: str, name: str, role: str, plant: str
) -> Operator:
    """Make an account; refuses with `BadUser`, `NoSuchPlant` or `UsernameTaken`."""
    if not USERNAME.fullmatch(username):
        raise BadUser("a username is 2 to 40 of a-z, 0-9, dot and dash, and begins with a letter")
    _check_role(role)
    password_hash = hashed_anew(password)
    plant_id = session.scalar(select(Plant.id).where(Plant.slug == plant))
    if plant_id is None:
        raise NoSuchPlant(plant)
    operator = Operator(
        plant_id=plant_id, username=username, name=name, role=role, password_hash=password_hash
    )
    try:
        with session.begin_nested():
            session.add(operator)
    except IntegrityError as error:
        raise UsernameTaken(username) from error
    return operator


def everybody(session: Session, *, now: datetime, idle: timedelta) -> Sequence[Any]:
    """All people by name, with their plant and on how many devices they are signed in."""
    live = and_(
        SignIn.operator_id == Operator.id,
        or_(
            and_(SignIn.expires_at > now, SignIn.seen_at > now - idle),
            SignIn.stays_until > now,
        ),
    )
    return session.execute(
        select(
            Operator.id,
            Operator.username,
            Operator.name,
            Operator.role,
            Operator.active,
            Plant.name.label("plant"),
            func.count(SignIn.id).label("sign_ins"),
        )
        .join(Plant, Plant.id == Operator.plant_id)
        .outerjoin(SignIn, live)
        .group_by(Operator.id, Plant.name)
        .order_by(Operator.name, Operator.id)
    ).all()


def set_active(session: Session, operator_id: int, *, active: bool, by: int | None) -> Operator:
    """Close the account, or open it again; refuses with `NoSuchOperator` or `NotYourself`."""
    operator = locked(session, operator_id)
    if operator.id == by and not active:
        raise NotYourself("nobody closes their own account: ask another administrator")
    operator.active = active
    return operator


def change_role(session: Session, operator_id: int, role: str, *, by: By) -> None:
    """Let the person do more, or less; refuses with `NoSuchOperator`, `BadUser`, `NotYourself`."""
    _check_role(role)
    operator = locked(session, operator_id)
    if operator.id == by.operator_id and role != operator.role:
        raise NotYourself("nobody changes their own role: ask another administrator")
    facts = {"role": {"from": operator.role, "to": role}}
    note(session, "changed", ("operator", operator.username), by=by, facts=facts)
    operator.role = role


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise BadUser(f"a role is one of {', '.join(ROLES)}")
