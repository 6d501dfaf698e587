"""The gate: who is let in by which token, known in the process, and what is noted of them."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from app.database import Reread
from app.domain.accounts.gateways import digest
from app.models import LONGEST_WHY, Gateway

_LONGEST_ID = 10
# So often at most, in each process, is written when a gateway was heard and what it was refused.
SEEN_EVERY = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class GatewayPass:
    """Who was let in: a gateway, and the plant it speaks for."""

    gateway_id: int
    plant_id: int
    name: str


class Refused(NamedTuple):
    """How many batches of a gateway were refused, and when and why the last one was."""

    batches: int
    at: datetime
    why: str


def admitted(session: Session) -> dict[str, GatewayPass]:
    """The passes of all gateways that are not revoked, by name."""
    rows = session.scalars(select(Gateway).where(Gateway.revoked_at.is_(None)))
    return {row.name: GatewayPass(row.id, row.plant_id, row.name) for row in rows}


class Gatekeeper(Reread):
    """Knows every gateway's digests, read again every `fresh_for` seconds.

    While the database is away it goes by what it knew last, so that machines can go on landing
    their data; a revocation, or the end of an old token, is therefore felt `fresh_for` late, or
    when the database is back.
    """

    def __init__(self, clock: Callable[[], float], *, fresh_for: float = 2.0) -> None:
        super().__init__(clock, fresh_for=fresh_for)
        self._known: dict[int, tuple[bytes, bytes, GatewayPass]] = {}
        self._noted_at: dict[int, float] = {}
        self._refused: dict[int, Refused] = {}
        self._told_at = float("-inf")

    def refresh(self, session: Session) -> None:
        """Read the gateways that are not revoked, and which old tokens are good by now."""
        still_good = Gateway.last_token_until > func.now()
        rows = session.execute(
            select(Gateway, still_good.label("overlaps")).where(Gateway.revoked_at.is_(None))
        )
        known = {
            row.id: (
                row.token_digest,
                row.last_token_digest or b"" if overlaps else b"",
                GatewayPass(row.id, row.plant_id, row.name),
            )
            for row, overlaps in rows
        }
        with self._lock:
            self._known = known
            self.has_read = True

    def admit(self, token: str) -> GatewayPass | None:
        """The pass for this token, or None; compares in constant time."""
        number, dot, secret = token.partition(".")
        if not dot or len(number) > _LONGEST_ID or not (number.isascii() and number.isdigit()):
            return None
        newest, last, admitted = self._known.get(int(number), (b"", b"", None))
        given = digest(secret)
        is_newest, is_last = (hmac.compare_digest(each, given) for each in (newest, last))
        return admitted if is_newest or is_last else None

    def is_due_to_note(self, gateway_id: int) -> bool:
        """Whether this process has not noted the gateway for `SEEN_EVERY`; asking counts."""
        now = self._clock()
        if now - self._noted_at.get(gateway_id, float("-inf")) < SEEN_EVERY.total_seconds():
            return False
        self._noted_at[gateway_id] = now
        return True

    def refused(self, gateway_id: int, why: str, *, now: datetime) -> None:
        """Count a batch that was refused, here in the process."""
        with self._lock:
            batches = self._refused[gateway_id].batches if gateway_id in self._refused else 0
            self._refused[gateway_id] = Refused(batches + 1, now, why)

    def take_refused(self) -> Mapping[int, Refused]:
        """What was counted and is not written yet; nothing until `SEEN_EVERY` after the last."""
        with self._lock:
            if not self._refused or self._clock() - self._told_at < SEEN_EVERY.total_seconds():
                return {}
            self._told_at = self._clock()
            taken, self._refused = self._refused, {}
            return taken

    def give_back(self, taken: Mapping[int, Refused]) -> None:
        """Count again what could not be written."""
        with self._lock:
            for gateway_id, refused in taken.items():
                newer = self._refused.get(gateway_id)
                batches = refused.batches + (newer.batches if newer else 0)
                self._refused[gateway_id] = (newer or refused)._replace(batches=batches)


def note_seen(session: Session, gateway_id: int, now: datetime) -> None:
    """Record that the gateway was heard, at most every `SEEN_EVERY`."""
    session.execute(
        update(Gateway)
        .where(Gateway.id == gateway_id)
        .where(or_(Gateway.last_seen_at.is_(None), Gateway.last_seen_at < now - SEEN_EVERY))
        .values(last_seen_at=now)
    )


def note_refused(session: Session, taken: Mapping[int, Refused]) -> None:
    """Add to what each gateway was refused, in the order of their ids."""
    for gateway_id, refused in sorted(taken.items()):
        # It may quote what was sent, and PostgreSQL takes no NUL.
        why = "".join(letter if letter.isprintable() else "?" for letter in refused.why)
        session.execute(
            update(Gateway)
            .where(Gateway.id == gateway_id)
            .values(
                refused_batches=Gateway.refused_batches + refused.batches,
                refused_at=refused.at,
                refused_why=why[:LONGEST_WHY],
            )
        )
