"""The protocol's steps on one Redis or Valkey server (row 12 of the model in tests/cache/model).

An answer is valid only under the epoch and the tokens it was filled under, all of them open. A
writer closes its tags just before the database's COMMIT and finishes just after it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any

import structlog
from redis.exceptions import ReadOnlyError, ResponseError

from app.cache import layout, scripts
from app.cache.judge import Judge
from app.cache.mending import Mender
from app.cache.store import FENCE, PASSING, TIMEOUT_SECONDS, TOKEN_TTL, Sight, raise_first
from app.cache.wire import Wire, Wires

# Longer than any writer waits between its COMMIT and its finish.
FINISHED_TTL = timedelta(hours=1)
# Nothing seen, whatever is there.
BLIND = Sight([None])
# How many different questions keep their packed command.
PACKED = 8192


log = structlog.get_logger(__name__)


class ValkeyStore:
    """One server, and what stands behind one address: a primary with replicas that may follow it.

    It reads from the primary alone: a replica lags.
    """

    is_one_server = True

    def __init__(
        self, url: str, *, fenced: bool = False, options: Mapping[str, Any] | None = None
    ) -> None:
        self._url = url
        self._options = options
        self.is_fenced = fenced
        self._wires = Wires(self._dial)
        self._identity = b""
        self._evicts_answers_only = True
        self._packed = lru_cache(PACKED)(self._pack)
        self._mender = Mender(self)

    # Reading

    def look(self, digest: str, tags: tuple[str, ...]) -> Sight:
        *parts, answer = self._wires.mine().ask(self._packed(digest, tags))
        return Sight(parts, answer) if self._evicts_answers_only else BLIND

    def validate(self, tags: tuple[str, ...]) -> Sight:
        parts = self._wires.mine().ask(self._packed("", tags))
        return Sight(parts) if self._evicts_answers_only else BLIND

    def mend(self, tags: tuple[str, ...], sight: Sight, judge: Judge) -> Sight:
        return self._mender.mend(tags, sight, judge) if self._evicts_answers_only else BLIND

    def keep(self, digest: str, answer: bytes, *, ttl: timedelta) -> None:
        self.client.set(layout.entry(digest), answer, px=ttl)

    def mint(self, tags: Sequence[str]) -> list[bytes]:
        """A token for each tag that has none, closed if writers are registered on it."""
        keys = [key for tag in tags for key in (layout.token(tag), layout.writers(tag))]
        tokens: list[bytes] = self.run("mint", keys, [layout.new_token(), _seconds(TOKEN_TTL)])
        return tokens

    # Writing

    def close(self, transaction: str, tags: Iterable[str], *, now: float) -> None:
        arguments = [transaction, layout.new_token(), now, _seconds(TOKEN_TTL)]
        faults: list[Exception] = []
        for _, together in self.groups(tags):
            try:
                self.run("close", _keys(transaction, together), arguments)
            except PASSING as fault:
                faults.append(fault)
        raise_first(faults)

    def finish(self, transaction: str, tags: Iterable[str]) -> None:
        arguments = [transaction, layout.new_token(), _seconds(TOKEN_TTL)]
        for epoch, together in self.groups(tags):
            if self.run("finish", _keys(transaction, together), arguments):
                # The server lost the registration: meanwhile a reader may have opened the tag.
                self.close_epoch(epoch)

    def registered(self, tag: str) -> dict[str, float]:
        found: dict[bytes, bytes] = self.client.hgetall(layout.writers(tag))
        return {transaction.decode(): float(at) for transaction, at in found.items()}

    def settle(self, transaction: str, tag: str) -> None:
        """Finish in the stead of a transaction that the database has decided."""
        arguments = [transaction, layout.new_token(), _seconds(FINISHED_TTL)]
        self.run("settle", _keys(transaction, [tag]), arguments)

    def renew(self, tags: Iterable[str]) -> None:
        transaction = f"debt-{layout.new_token()}"
        tags = list(tags)
        self.close(transaction, tags, now=0.0)
        self.finish(transaction, tags)

    # The epoch

    def groups(self, tags: Iterable[str]) -> list[tuple[str, list[str]]]:
        """The tags that share an epoch and may share a script, each group with its epoch's key."""
        return [(layout.EPOCH, list(tags))]

    def close_epoch(self, key: str) -> None:
        """Trust nothing that is kept until every transaction in flight now has ended."""
        self.client.set(key, self._new_epoch(key), px=self._lifetime)

    def begin_epoch(self, key: str) -> None:
        """Set a closed epoch where there is none, as after a wipe."""
        self.client.set(key, self._new_epoch(key), px=self._lifetime, nx=True)

    def open_epoch(self, key: str, epoch: bytes) -> None:
        """Open it, unless it is another one by now."""
        self.run("replace", [key], [epoch, epoch.removeprefix(layout.CLOSED)])

    def horizon_of(self, key: str, epoch: bytes) -> int | None:
        """The horizon that was noted for this closed epoch, if any was."""
        noted: bytes | None = self.client.get(layout.horizon(key))
        name, _, horizon = (noted or b"").partition(b"|")
        return int(horizon) if name == epoch else None

    def note_horizon(self, key: str, epoch: bytes, horizon: int) -> None:
        """Note which transactions may have been in flight when the epoch was closed."""
        self.client.set(layout.horizon(key), epoch + b"|" + str(horizon).encode())

    def now(self) -> timedelta:
        """The server's clock, since 1970."""
        seconds, microseconds = self.client.time()
        return timedelta(seconds=seconds, microseconds=microseconds)

    def prolong(self, *, since: timedelta) -> None:
        """Let a fenced epoch live for `FENCE` from that moment of the server's clock."""
        self.client.pexpireat(layout.EPOCH, _milliseconds(since + FENCE))

    def flush(self) -> None:
        self.close_epoch(layout.EPOCH)

    # Single flight

    def take_off(self, digest: str, *, name: str, bound: timedelta) -> bool:
        return bool(self.client.set(layout.flight(digest), name, nx=True, px=bound))

    def land(self, digest: str, *, name: str) -> None:
        self.run("land", [layout.flight(digest)], [name])

    # Counting

    def count(self, counts: Mapping[str, int]) -> None:
        with self.client.pipeline(transaction=False) as pipeline:
            for name, number in counts.items():
                pipeline.hincrby(layout.COUNTS, name, number)
            pipeline.execute()

    def counted(self, names: Iterable[str]) -> dict[str, int]:
        wanted = list(names)
        found = self.client.hmget(layout.COUNTS, wanted) if wanted else []
        return {name: int(number or 0) for name, number in zip(wanted, found, strict=True)}

    # The server

    @property
    def client(self) -> Any:  # noqa: ANN401 (redis-py's types know no bytes-only client)
        """This thread's client."""
        return self._wires.mine().client

    def wire(self) -> Wire | None:
        return self._wires.mine()

    def run(self, script: str, keys: Sequence[str], arguments: Sequence[object]) -> Any:  # noqa: ANN401 (what a script answers)
        """Run a script whose keys share a slot."""
        return scripts.run(self.client, script, keys, arguments)

    def hang_up(self) -> None:
        for wire in self._wires.all():
            wire.close()

    def wires(self) -> list[Wire]:
        """The connections of all threads."""
        return self._wires.all()

    def whose(self) -> bytes:
        """Whose data the server has just now; the epoch may not know yet.

        Raises `ReadOnlyError` where the address leads to a replica.
        """
        wire = self._wires.mine()
        return _identity_in(_fields(wire.ask(wire.pack("INFO", "replication"))))

    def heed(self, eviction: bytes) -> None:
        """Serve nothing from a server that evicts any key: it may lose who is writing.

        Registrations have no TTL: under `volatile-*` and `noeviction` they stay. Writers go on
        telling it what they write, so that it may be changed back while in use.
        """
        is_safe = not eviction.startswith(b"allkeys")
        if self._evicts_answers_only and not is_safe:
            log.error("cache.unsafe_eviction", maxmemory_policy=eviction.decode())
        self._evicts_answers_only = is_safe

    def _dial(self) -> Wire:
        return Wire(
            self._url, timeout_seconds=TIMEOUT_SECONDS, greet=self._greet, options=self._options
        )

    def _pack(self, digest: str, tags: tuple[str, ...]) -> list[bytes]:
        keys = [layout.EPOCH, *map(layout.token, tags)]
        return self._wires.mine().pack("MGET", *keys, *([layout.entry(digest)] if digest else []))

    def _greet(self, connection: Any) -> None:  # noqa: ANN401 (redis-py types it loosely)
        """Close the epoch if this is another server than the one it names.

        Asked on each new connection, before its first command: after a failover or a restore the
        data may be from before.
        """
        self._identity = identity(connection)
        self.heed(_told(connection, "memory").get(b"maxmemory_policy", b"unknown"))
        connection.send_command("GET", layout.EPOCH)
        epoch = connection.read_response()
        connection.send_command("PTTL", layout.EPOCH)
        lapses = connection.read_response() >= 0
        if epoch is None or not names(epoch, self._identity) or lapses != self.is_fenced:
            words = ("PX", _milliseconds(FENCE)) if self.is_fenced else ()
            new = new_epoch(self._identity)
            connection.send_command("SET", layout.EPOCH, new, *words)
            connection.read_response()

    @property
    def _lifetime(self) -> timedelta | None:
        return FENCE if self.is_fenced else None

    def _new_epoch(self, key: str) -> bytes:
        if not self._identity:
            self.client.ping()  # the identity is learnt by connecting
        return new_epoch(self._identity)


def new_epoch(identity: bytes) -> bytes:
    """A closed epoch that no server ever had."""
    return layout.CLOSED + identity + b"." + layout.new_token().encode()


def names(epoch: bytes, identity: bytes) -> bool:
    """Whether the epoch is that server's."""
    return epoch.removeprefix(layout.CLOSED).partition(b".")[0] == identity


def identity(connection: Any) -> bytes:  # noqa: ANN401 (redis-py types it loosely)
    """Whose data the server has: a new id with each failover and each start without data."""
    return _identity_in(_told(connection, "replication"))


def _told(connection: Any, section: str) -> dict[bytes, bytes]:  # noqa: ANN401 (redis-py types it loosely)
    """A section of a server's INFO."""
    connection.send_command("INFO", section)
    return _fields(connection.read_response())


def _fields(info: bytes) -> dict[bytes, bytes]:
    return {
        name: value
        for name, colon, value in (line.partition(b":") for line in info.splitlines())
        if colon
    }


def _identity_in(told: dict[bytes, bytes]) -> bytes:
    if told.get(b"role") != b"master":
        raise ReadOnlyError("the cache's address leads to a replica")
    if not told.get(b"master_replid"):
        raise ResponseError("the server does not say whose data it has")
    return bytes(told[b"master_replid"])


def _keys(transaction: str, tags: Iterable[str]) -> list[str]:
    return [
        key
        for tag in tags
        for key in (layout.token(tag), layout.writers(tag), layout.finished(tag, transaction))
    ]


def _milliseconds(duration: timedelta) -> int:
    return round(duration / timedelta(milliseconds=1))


def _seconds(duration: timedelta) -> int:
    return round(duration.total_seconds())
