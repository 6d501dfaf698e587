"""The end of a request: what changed in its session is written, and the cookie follows.

The rules, learnt from races: a cookie is never deleted or replaced because its session is unknown,
expired or ended, for a newer one may be on its way. Only a sign-out deletes, only a new id sets.
Nobody writes to a session that has ended.
"""

import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple

import structlog

from app.sessions import codec
from app.sessions.content import FieldChange, SessionTooLarge, changed_keys, merge
from app.sessions.merge import Unmergeable
from app.sessions.outage import SessionsAway
from app.sessions.session import LazySession
from app.sessions.store import MOST_BYTES, MOST_FIELDS, Change
from app.sessions.tokens import Token

log = structlog.get_logger(__name__)

# Of those who write the same field one gets on with each round, and it may be the same one twice.
ROUNDS = 32


class Kept(NamedTuple):
    """What becomes of the cookie: a new token, its end, or nothing."""

    token: Token | None = None
    ends: bool = False


def keep(session: LazySession) -> Kept:
    """Write what changed, in as few trips as it takes; the second time nothing is left to do.

    Raises `SessionsAway`, and `SessionTooLarge` where nothing was written for that reason.
    """
    if session.is_kept or (session.state == "unread" and not session.modified):
        return Kept()
    session.is_kept = True
    if session.state == "unread" and session.presented is None:
        session.look()  # there may be something to import
    if session.state == "ended":
        return _drop(session) if session.modified else Kept()
    if session.state in ("unread", "live"):
        return _write(session)
    return _begin(session)


def _write(session: LazySession) -> Kept:
    """Change what is there, under the id it has or under a new one."""
    changes, removed = session.content.changes(), sorted(session.content.removed)
    old, new = session.presented, session.moving_to
    if old is None or not (changes or removed or new):
        return Kept()
    for _ in range(ROUNDS):
        change = Change(changes, removed)
        if session.state == "live":
            change = change._replace(beside=session.content.beside(changes))
        if new is not None:
            change = change._replace(kind="move", replaces=old)
        answer = session.store.save(new or old, change, nonce=secrets.token_bytes(8))
        if answer[0] == "saved":
            return Kept(new)
        if answer[0] != "differs":
            return _not_there(session, answer)
        changes = _merged(session, changes, changed_keys(answer[1:]))
    raise SessionsAway("too many requests change this session at once")


def _not_there(session: LazySession, answer: Sequence[Any]) -> Kept:
    _refuse_large(answer)
    if session.state != "unread" or answer[0] == "ended":
        return _drop(session)
    # The cookie is of old and nothing was read by it: look, for it may be recovered.
    session.look()
    if session.state == "live":
        return _write(session)
    return _drop(session) if session.state == "ended" else _begin(session)


def _begin(session: LazySession) -> Kept:
    fields = session.content.changes()
    if not fields and session.user is None:
        session.store.end(token.name for token in session.over)
        return Kept(ends=bool(session.over))
    token = session.moving_to or session.store.keys.mint()
    replaces = next((old for old in session.over if old.tag == token.tag), None)
    change = Change(
        fields,
        kind="new",
        beside=(0, 0),
        user=b"" if session.user is None else codec.encode(session.user),
        replaces=replaces,
    )
    _refuse_large(session.store.save(token, change, nonce=secrets.token_bytes(8)))
    session.store.end(old.name for old in session.over if old is not replaces)
    log.info("sessions.began", session=token.name)
    return Kept(token)


def _drop(session: LazySession) -> Kept:
    log.info("sessions.changes_dropped", session=session.name)
    return Kept()


def _merged(
    session: LazySession, changes: Sequence[FieldChange], theirs: dict[str, bytes]
) -> list[FieldChange]:
    return [
        _put_together(session, change, theirs[change[0]]) if change[0] in theirs else change
        for change in changes
    ]


def _put_together(session: LazySession, change: FieldChange, theirs: bytes) -> FieldChange:
    key, mine, _ = change
    try:
        return merge(change, theirs)
    except (Unmergeable, codec.Undecodable):
        session.store.overwritten += 1
        log.warning("sessions.overwritten", session=session.name, field=key)
        return key, mine, theirs


def _refuse_large(answer: Sequence[Any]) -> None:
    if answer[0] == "large":
        raise SessionTooLarge(
            f"a session holds {MOST_FIELDS} fields and {MOST_BYTES} bytes;"
            f" this one would have {answer[1]} and {answer[2]}"
        )
