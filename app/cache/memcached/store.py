"""The protocol's steps on a pool of memcached nodes (row 15 of the model in tests/cache/model)."""

import math
import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import partial

import msgspec
import structlog
from redis.exceptions import TimeoutError as TimedOut

from app.cache import layout
from app.cache.judge import Judge
from app.cache.memcached.membership import View, membership
from app.cache.memcached.mending import mended
from app.cache.memcached.node import Node
from app.cache.memcached.pool import TAG, Change, Pool
from app.cache.memcached.ring import Ring
from app.cache.memcached.tag import closed, finished, read, renewed
from app.cache.memcached.tls import Tls
from app.cache.store import PASSING, Sight, raise_first
from app.cache.wire import Wire

log = structlog.get_logger(__name__)

# memcached's items are 1 MB with key and head, if nobody told it otherwise.
LARGEST_BYTES = 1_000_000
# Past thirty days memcached reads an expiry as a date, and the item is gone at once.
LONGEST_TTL = timedelta(days=30)
# How often a writer follows a ring that changes under its hands.
RINGS = 3
ANSWER, FLIGHT, COUNT = "answer", "flight", "count"


class MemcachedStore:
    """A pool of nodes, each trusted to forget and never to lie; see the package for its limits."""

    is_one_server = False

    def __init__(self, url: str) -> None:
        tls = Tls() if url.startswith("memcacheds") else None
        self._members = membership(url, tls)
        self._pool = Pool(tls)

    def hang_up(self) -> None:
        """Close all connections of this process, of a test for one."""
        self._pool.hang_up()

    # Reading

    def look(self, digest: str, tags: tuple[str, ...]) -> Sight:
        return self._see(tags, digest)

    def validate(self, tags: tuple[str, ...]) -> Sight:
        return self._see(tags, "")

    def mend(self, tags: tuple[str, ...], sight: Sight, judge: Judge) -> Sight:
        view = self._members.view()
        if not view.is_readable:
            return _blind(tags)
        # What was seen open under another ring is sealed with it, and so never valid under this.
        seen = dict(zip(tags, sight.parts, strict=False))
        unopened = [tag for tag in tags if not layout.is_open(seen[tag])]
        seen |= dict.fromkeys(unopened) | mended(self._pool, view.rings[0], unopened, judge)
        return Sight(list(seen.values())) if _is_in_time(view) else _blind(tags)

    def keep(self, digest: str, answer: bytes, *, ttl: timedelta) -> None:
        if len(answer) > LARGEST_BYTES:
            log.warning("cache.answer_not_kept", bytes=len(answer), largest=LARGEST_BYTES)
            return
        place = self._newest.place(ANSWER, digest)
        try:
            self._pool.node(place.node).set(place.key, answer, seconds=_seconds(ttl))
        except PASSING as fault:
            # The caller has its answer; a node that is away or full costs a miss.
            log.warning("cache.answer_not_kept", fault=type(fault).__name__)

    def registered(self, tag: str) -> dict[str, float]:
        found = self._pool.get([self._newest.place(TAG, tag)])
        return {name: at for value in found.values() for name, at in read(value).writers.items()}

    # Writing

    def close(self, transaction: str, tags: Iterable[str], *, now: float) -> None:
        self._write(tags, partial(closed, transaction=transaction, now=now))

    def finish(self, transaction: str, tags: Iterable[str]) -> None:
        # On all rings that it may have been closed on; one that is forgotten is read by nobody.
        together = list(tags)
        faults = [
            self._pool.change(ring, together, partial(finished, transaction=transaction))
            for ring in self._members.known()
        ]
        raise_first(faults)

    def renew(self, tags: Iterable[str]) -> None:
        self._write(tags, renewed)

    def flush(self) -> None:
        """Forget all that the nodes keep, other applications' items too."""
        for address in self._members.view().rings[0].nodes:
            self._pool.node(address).flush()

    # Single flight

    def take_off(self, digest: str, *, name: str, bound: timedelta) -> bool:
        node, key = self._flight(digest)
        now = time.time()
        # memcached counts whole seconds; the bound is kept here.
        claim = msgspec.msgpack.encode((name, now + bound.total_seconds()))
        seconds = _seconds(bound) + 1
        try:
            if node.add(key, claim, seconds=seconds):
                return True
            held = node.hold([key]).get(key)
            if held is None or _claim(held.value)[1] > now:
                return False
            return node.swap(key, held, claim, seconds=seconds)
        except PASSING:
            return True  # nobody can wait for anybody there

    def land(self, digest: str, *, name: str) -> None:
        node, key = self._flight(digest)
        try:
            held = node.hold([key]).get(key)
            if held is not None and _claim(held.value)[0] == name:
                node.expel(key, held)
        except PASSING as fault:
            log.warning("cache.not_landed", fault=type(fault).__name__)

    # Counting

    def count(self, counts: Mapping[str, int]) -> None:
        for name, number in counts.items():
            place = self._newest.place(COUNT, name)
            self._pool.node(place.node).increase(place.key, number)

    def counted(self, names: Iterable[str]) -> dict[str, int]:
        places = {name: self._newest.place(COUNT, name) for name in names}
        found = self._pool.get(places.values())
        return {name: int(found.get(place, 0)) for name, place in places.items()}

    def wire(self) -> Wire | None:
        return None  # memcached tells nobody what changes

    def _see(self, tags: tuple[str, ...], digest: str) -> Sight:
        view = self._members.view()
        if not view.is_readable:
            return _blind(tags)
        places = [view.rings[0].place(TAG, tag) for tag in tags]
        entry = view.rings[0].place(ANSWER, digest)
        found = self._pool.get([*places, entry] if digest else places)
        if not _is_in_time(view):
            return _blind(tags)
        values = [found.get(place) for place in places]
        parts = [None if value is None else read(value).part for value in values]
        return Sight(parts, found.get(entry))

    def _write(self, tags: Iterable[str], change: Change) -> None:
        """Change the tags wherever anybody may read them, and be sure that it was in time."""
        together = list(tags)
        for _ in range(RINGS):
            try:
                view = self._members.view()
            except PASSING:
                for ring in self._members.known():
                    self._pool.change(ring, together, change)
                raise
            time.sleep(max(0.0, view.writable_from - time.monotonic()))
            if not _is_in_time(view):
                continue
            raise_first([self._pool.change(ring, together, change) for ring in view.rings])
            if _is_in_time(view):
                return
        raise TimedOut("the nodes change faster than a writer can follow")

    def _flight(self, digest: str) -> tuple[Node, str]:
        place = self._newest.place(FLIGHT, digest)
        return self._pool.node(place.node), place.key

    @property
    def _newest(self) -> Ring:
        return self._members.view().rings[0]


def _is_in_time(view: View) -> bool:
    return time.monotonic() < view.until


def _blind(tags: tuple[str, ...]) -> Sight:
    """Nothing seen, whatever is there: of an answer without tags too."""
    return Sight([None] * max(1, len(tags)))


def _claim(value: bytes) -> tuple[str, float]:
    return msgspec.msgpack.decode(value, type=tuple[str, float])


def _seconds(duration: timedelta) -> int:
    # Zero would mean «for ever», so a fraction is rounded up.
    return math.ceil(min(duration, LONGEST_TTL).total_seconds())
