"""Screens on walls: each shows one plant's board by a link that is signed, until it is ended."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.accounts.errors import BadScreen, NoSuchPlant, NoSuchScreen
from app.models import Operator, Plant, Screen

LONGEST_NAME = 80
# A screen asks at least once a minute; one that has not for five is dark, or has no network.
SEEN_EVERY = timedelta(minutes=1)
DARK_AFTER = timedelta(minutes=5)


class ScreenKeys:
    """Makes and reads the keys in screens' links; of old secrets too, while they are rotated."""

    def __init__(self, secret: str, fallbacks: Sequence[str] = ()) -> None:
        self._serializer = URLSafeSerializer(
            [*fallbacks, secret],  # the last one signs
            salt="screen",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )

    def key(self, screen_id: int) -> str:
        """What opens this screen's board, as long as the screen is not ended."""
        return str(self._serializer.dumps(screen_id))

    def read(self, key: str) -> int | None:
        """The screen that the key is for, or None where we did not make it."""
        try:
            number = self._serializer.loads(key)
        except BadSignature:
            return None
        return number if isinstance(number, int) else None


class ScreenPass(NamedTuple):
    """A screen that was let in, and the plant that it may show."""

    id: int
    plant: str
    seen_at: datetime | None


class ScreenView(NamedTuple):
    """A screen as an administrator sees it."""

    id: int
    name: str
    plant: str
    plant_name: str
    made_at: datetime
    made_by: str
    seen_at: datetime | None

    def is_dark(self, now: datetime) -> bool:
        """Whether it showed the board once and does not now."""
        return self.seen_at is not None and now - self.seen_at > DARK_AFTER


def make_screen(session: Session, *, name: str, plant: str, by: int, now: datetime) -> Screen:
    """A screen for this plant; refuses with `BadScreen` or `NoSuchPlant`."""
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadScreen(f"a screen's name has 1 to {LONGEST_NAME} characters")
    plant_id = session.scalar(select(Plant.id).where(Plant.slug == plant))
    if plant_id is None:
        raise NoSuchPlant(plant)
    screen = Screen(name=name, plant_id=plant_id, made_at=now, made_by=by)
    session.add(screen)
    session.flush()
    return screen


def end_screen(session: Session, screen_id: int, now: datetime) -> None:
    """Its link opens nothing any more, within seconds; refuses with `NoSuchScreen`."""
    ended = session.execute(
        update(Screen)
        .where(Screen.id == screen_id, Screen.ended_at.is_(None))
        .values(ended_at=now)
        .returning(Screen.id)
    )
    if ended.one_or_none() is None:
        raise NoSuchScreen(screen_id)


def screens(session: Session) -> list[ScreenView]:
    """All that are not ended, by plant and name."""
    rows = session.execute(
        select(
            Screen.id,
            Screen.name,
            Plant.slug,
            Plant.name,
            Screen.made_at,
            Operator.name,
            Screen.seen_at,
        )
        .join(Plant, Plant.id == Screen.plant_id)
        .join(Operator, Operator.id == Screen.made_by)
        .where(Screen.ended_at.is_(None))
        .order_by(Plant.name, Screen.name, Screen.id)
    )
    return [ScreenView(*row) for row in rows]


def admit_screen(session: Session, screen_id: int) -> ScreenPass | None:
    """The pass of a screen that is not ended."""
    row = session.execute(
        select(Screen.id, Plant.slug, Screen.seen_at)
        .join(Plant, Plant.id == Screen.plant_id)
        .where(Screen.id == screen_id, Screen.ended_at.is_(None))
    ).one_or_none()
    return None if row is None else ScreenPass(*row)


def note_screen(session: Session, screen: ScreenPass, now: datetime) -> None:
    """Note that it is showing the board, at most once in `SEEN_EVERY`."""
    if screen.seen_at is None or now - screen.seen_at >= SEEN_EVERY:
        session.execute(update(Screen).where(Screen.id == screen.id).values(seen_at=now))
