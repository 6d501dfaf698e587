"""The sessions of all users, in Redis or Valkey: one server, one with replicas, or a cluster.

Every step is one command on one slot. Faults are told as `SessionsAway`.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

import structlog
from redis import Redis
from redis.cluster import RedisCluster

from app.sessions import codec, scripts
from app.sessions.clients import Confirming, checked
from app.sessions.layout import PREFIX, Layout
from app.sessions.outage import PASSING, Breaker, SessionsAway
from app.sessions.reading import Loaded, judged, question
from app.sessions.tokens import Keyring, Token, User
from app.sessions.trips import together

log = structlog.get_logger(__name__)

# No request lasts longer, so none can write to a session after its tombstone has gone.
TOMBSTONE = timedelta(minutes=1)
MOST_FIELDS = 100
MOST_BYTES = 256 * 1024

Client = Redis | RedisCluster
Answer = TypeVar("Answer")


class Rules(NamedTuple):
    """How long sessions live, and how many a user may have.

    `idle` after the last request, `absolute` after the sign-in, both by the store's clock; what was
    seen less than `touch_every` ago is not written again. `per_user` None: any number.
    """

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=12)
    touch_every: timedelta = timedelta(minutes=1)
    per_user: int | None = 10


class Recovered(NamedTuple):
    """What is known of a session that the store lost: its user, its end, its fields."""

    user: User
    until: datetime
    fields: Mapping[str, object] = {}


class SessionView(NamedTuple):
    """A live session as its user may see it."""

    name: str
    began_at: datetime
    idle_for: timedelta
    until: datetime


class Change(NamedTuple):
    """What a request does to a session: fields with what they were read as, and those removed.

    It changes one that is there; or, as `move`, gives the one it `replaces` another id as well; or
    begins one for `user`, which ends at `deadline` (ms since 1970; 0: by the rules).
    """

    fields: Sequence[tuple[str, bytes, bytes]]
    removed: Sequence[str] = ()
    kind: Literal["change", "move", "new"] = "change"
    user: bytes = b""
    replaces: Token | None = None
    deadline: int = 0
    # How many fields and bytes stay beside; None where nobody has looked.
    beside: tuple[int, int] | None = None


class Durable(Protocol):
    """Who knows of sign-ins when the store has lost them, a table for one."""

    def __call__(self, name: str) -> Recovered | None:
        """The sign-in of that name, if it still holds."""


class SessionStore:
    """Reads, writes, lists and ends sessions; safe under threads."""

    def __init__(
        self,
        client: Client | Callable[[], Client],
        keys: Keyring,
        *,
        rules: Rules = Rules(),  # noqa: B008 (immutable)
        prefix: str = PREFIX,
        replicas: int | None = None,
    ) -> None:
        self.keys = keys
        self.rules = rules
        # How many changes were written over another request's: of scalars, which do not merge.
        self.overwritten = 0
        self._client = checked(client)
        self._confirming = Confirming(replicas)
        self.layout = Layout(prefix)
        self._breaker = Breaker()
        self._idle, self._touch = ms(rules.idle), ms(rules.touch_every)
        self._asked = {
            "idle": ms(rules.idle),
            "absolute": ms(rules.absolute),
            "tombstone": ms(TOMBSTONE),
            "per_user": rules.per_user or 0,
            "most_fields": MOST_FIELDS,
            "most_bytes": MOST_BYTES,
            "channel": self.layout.channel,
        }

    # One session

    def load(self, token: Token) -> Loaded:
        """The session, which is seen by this; one round trip, and another each `touch_every`."""
        commands = question(self.layout, token)

        def look(client: Client) -> Loaded:
            replies = together(client, commands[0][1], *commands)
            return judged(replies, idle=self._idle, touch_every=self._touch)

        loaded = self._ask(look)
        if loaded.is_due:
            self._note_seen(commands[0][1], commands[1][1])
        return loaded

    def _note_seen(self, *keys: str) -> None:
        """A primary that was just demoted can still be read from."""
        with suppress(SessionsAway):
            self._run(scripts.TOUCH, keys, self._idle)

    def save(self, token: Token, change: Change, *, nonce: bytes) -> Sequence[Any]:
        """Write the change, whole or not at all, and once however often the nonce is sent.

        What is answered begins with «saved», «differs» (and fields with what they are now),
        «taken», «large», or with why there is no such session.
        """
        keys = [
            self.layout.session(token.name),
            self.layout.epoch(token.tag),
            self.layout.index(token.tag),
        ]
        if change.replaces is not None and change.replaces.tag == token.tag:
            keys.append(self.layout.session(change.replaces.name))
        fields, size = change.beside or (0, 0)
        asked = self._asked | {
            "nonce": nonce.hex(),
            "digest": token.digest,
            "tag": token.tag,
            "kind": change.kind,
            "deadline": change.deadline,
            "looked": change.beside is not None,
            "fields": fields,
            "bytes": size,
        }
        flat = [part for field in change.fields for part in field]
        arguments = (codec.encode(asked), change.user, len(change.fields), *flat, *change.removed)
        if change.kind == "change" or not token.is_signed_in:
            reply = self._run(scripts.SAVE, keys, *arguments)
        else:
            reply, _ = self._confirmed(scripts.SAVE, keys, *arguments)
        return [reply[0].decode(), *reply[1:]]

    def increase(self, token: Token, field: str, by: int) -> int | None:
        """Count a field up, in the store itself; None if there is no such session.

        Raises `TypeError` where the field is no number.
        """
        keys = self.layout.session(token.name), self.layout.epoch(token.tag)
        nonce = secrets.token_hex(8)
        reply = self._run(scripts.INCREASE, keys, self._idle, field, by, nonce)
        if reply[0] == b"no number":
            raise TypeError(f"{field!r} is no number")
        return int(reply[1]) if reply[0] == b"saved" else None

    def legacy(self, sid: str) -> bytes | None:
        """What flask-session kept under this id, if that is a text."""
        key = self.layout.prefix + sid
        (found,) = self._ask(lambda client: together(client, key, ("GET", key)))
        return found if isinstance(found, bytes) else None

    def forget_legacy(self, sid: str) -> None:
        """Delete what flask-session kept."""
        self._ask(lambda client: client.delete(self.layout.prefix + sid))

    # A user's sessions

    def end(self, names: Iterable[str]) -> bool:
        """End sessions by name; what is in flight can write to none of them.

        True if a replica confirmed it, or there are none: then a failover cannot undo it.
        """
        confirmed = True
        for name in names:
            tag, _, digest = name.partition(":")
            keys = self.layout.session(name), self.layout.index(tag)
            _, known = self._confirmed(
                scripts.END, keys, digest, ms(TOMBSTONE), self.layout.channel, tag
            )
            confirmed = confirmed and known
            log.info("sessions.ended", session=name)
        return confirmed

    def end_all(self, user: User, *, keep: str | None = None) -> bool:
        """End all sessions of a user, but the one of the name `keep`; confirmed as `end` is."""
        confirmed = True
        for tag in self.keys.tags(user):
            kept = keep.partition(":")[2] if keep else ""
            keys = self.layout.epoch(tag), self.layout.index(tag)
            _, known = self._confirmed(
                scripts.END_ALL,
                keys,
                secrets.token_hex(8),
                ms(self.rules.absolute + TOMBSTONE),
                self.layout.stem(tag),
                kept,
                ms(TOMBSTONE),
                self.layout.channel,
                tag,
            )
            confirmed = confirmed and known
        log.info("sessions.ended_all", kept=keep)
        return confirmed

    def of(self, user: User) -> list[SessionView]:
        """A user's live sessions, the newest first."""
        found = [view for tag in self.keys.tags(user) for view in self._listed(tag)]
        return sorted(found, key=lambda view: view.began_at, reverse=True)

    def _listed(self, tag: str) -> Iterable[SessionView]:
        keys, stem = (self.layout.index(tag), self.layout.epoch(tag)), self.layout.stem(tag)
        rows = self._run(scripts.LIST, keys, stem, self._idle)
        for digest, began, idle_for, deadline in rows:
            yield SessionView(
                f"{tag}:{digest.decode()}",
                _moment(began),
                timedelta(milliseconds=int(idle_for)),
                _moment(deadline),
            )

    # The server

    def _run(self, script: str, keys: Sequence[str], *arguments: bytes | str | int) -> Any:  # noqa: ANN401 (what a script answers)
        return self._ask(lambda client: scripts.run(client, script, keys, *arguments))

    def _confirmed(
        self, script: str, keys: Sequence[str], *arguments: bytes | str | int
    ) -> tuple[Any, bool]:
        return self._ask(lambda client: self._confirming.run(client, script, keys, *arguments))

    def _ask(self, question: Callable[[Any], Answer]) -> Answer:
        self._breaker.check()
        try:
            answer = question(self._client())
        except PASSING as fault:
            self._breaker.failed()
            raise SessionsAway(f"the store does not answer: {type(fault).__name__}") from fault
        self._breaker.worked()
        return answer


def recovered(store: SessionStore, token: Token, durable: Durable) -> Loaded:
    """A session the store lost, put back if its sign-in still holds.

    Whatever came in between counts: another request that put it back, or a tombstone.
    """
    found = durable(token.name)
    if found is None:
        return Loaded("missing")
    change = Change(
        [(key, codec.encode(value), b"") for key, value in found.fields.items()],
        kind="new",
        user=codec.encode(found.user),
        deadline=round(found.until.timestamp() * 1000),
    )
    store.save(token, change, nonce=secrets.token_bytes(8))
    log.info("sessions.recovered", session=token.name)
    return store.load(token)


def ms(duration: timedelta) -> int:
    """Milliseconds, as the store counts."""
    return round(duration / timedelta(milliseconds=1))


def _moment(milliseconds: bytes) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
