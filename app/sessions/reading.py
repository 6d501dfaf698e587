"""Reading a session: its hash, its user's epoch and the server's clock, in one round trip.

They need not be one step, so they are no script, which would cost the server five times as much
(measured: 45 µs against 9). A sign-out everywhere that comes in between shows as another epoch;
whatever comes later would have come later anyway. Writing has guards of its own.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from redis.exceptions import ResponseError

from app.sessions.layout import Layout
from app.sessions.tokens import Token

_RESERVED = ord("!")


class Loaded(NamedTuple):
    """What the store has: live, missing, expired or ended; and what is in it, if it is live.

    `is_due`: that it was seen is to be written down.
    """

    state: str
    fields: Mapping[str, bytes] = {}
    user: bytes | None = None
    is_due: bool = False


def question(layout: Layout, token: Token) -> tuple[tuple[str, ...], ...]:
    """The commands whose replies `judged` understands."""
    session, epoch = layout.session(token.name), layout.epoch(token.tag)
    return ("HGETALL", session), ("GET", epoch), ("TIME",)


def judged(replies: Sequence[Any], *, idle: int, touch_every: int) -> Loaded:
    """What to think of a session; ages in ms. Raises the refusal of a server that cannot answer."""
    held, epoch, time = replies
    if isinstance(epoch, Exception) or isinstance(time, Exception):
        raise epoch if isinstance(epoch, Exception) else time
    if isinstance(held, list):  # RESP2 knows no maps
        held = dict(zip(held[::2], held[1::2], strict=True))
    if not isinstance(held, dict):
        return _not_a_hash(held)
    if b"!t" in held:
        return Loaded("ended")
    try:
        deadline, seen = int(held[b"!a"]), int(held[b"!s"])
        fields = {name.decode(): value for name, value in held.items() if name[0] != _RESERVED}
    except (LookupError, ValueError):
        return Loaded("missing")
    now = int(time[0]) * 1000 + int(time[1]) // 1000
    if now >= deadline or now - seen >= idle:
        return Loaded("expired")
    user = held.get(b"!u")
    if user is not None and held.get(b"!e") != (epoch or b"0"):
        return Loaded("ended")
    return Loaded("live", fields, user, now - seen >= touch_every)


def _not_a_hash(reply: object) -> Loaded:
    """Something else lies there (WRONGTYPE), which is no session; any other refusal is raised."""
    if isinstance(reply, ResponseError) and str(reply).startswith("WRONGTYPE"):
        return Loaded("missing")
    raise reply if isinstance(reply, Exception) else TypeError(type(reply).__name__)
