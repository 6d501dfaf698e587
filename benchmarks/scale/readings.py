"""Curves of readings: what one costs each process, at twice and four times as many a second."""

import time
from collections.abc import Callable

import msgspec
import urllib3

from benchmarks.batches import READINGS, Numbering
from benchmarks.instance import Instance
from benchmarks.scale.curves import Curve, curve
from benchmarks.scale.spending import POSTGRES, VALKEY, Meter, Spent, beyond
from lab.engines import EngineFailed

# Batches a second; a batch is a line's sensors, five moments each.
RATES = (20, 40, 80)
SIZES = (100, 10, 1)
SECONDS = 8
IDLE_SECONDS = 5
DRAINED_SECONDS = 60
OF = "readings a second"
_BENDS = {
    "web": "Flask and the check of each item: more instances",
    "drain": "one COPY a batch of batches: more instances, each with a drain",
    POSTGRES: "one server takes all writes: cells",
    VALKEY: "one thread; streams spread over shards",
}


class Gateway:
    """Posts batches at a pace, and waits until all of them are stored."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._pool = urllib3.connection_from_url(instance.url("web"), maxsize=1, timeout=10)
        self._numbering = Numbering()
        self._headers = {
            "Authorization": f"Bearer {instance.token('scale')}",
            "Content-Type": "application/json",
        }

    def post(self, *, a_second: int, size: int = READINGS) -> int:
        """How many readings were landed and stored."""
        began = time.monotonic()
        for number in range(a_second * SECONDS):
            body = _cut(self._numbering.batch(number).body, size)
            time.sleep(max(0.0, began + number / a_second - time.monotonic()))
            answer = self._pool.request(
                "POST", "/api/v1/readings", body=body, headers=self._headers
            )
            if answer.status != 202:  # noqa: PLR2004 (HTTP's own number)
                raise EngineFailed(f"a batch was answered with {answer.status}")
        self._await_drained()
        return a_second * SECONDS * size

    def _await_drained(self) -> None:
        deadline = time.monotonic() + DRAINED_SECONDS
        landing, redis = self._instance.parts.landing, self._instance.parts.redis
        while any(redis.xlen(stream) for stream in landing.streams):
            if time.monotonic() > deadline:
                raise EngineFailed(f"not all was stored {DRAINED_SECONDS} s after it landed")
            time.sleep(0.05)


def measure(tell: Callable[[str], None]) -> list[Curve]:
    with Instance(days=1) as instance:
        instance.start("web", "drain")
        pids = {name: instance.processes[name].pid for name in ("web", "drain")}
        gateway, meter = Gateway(instance), Meter(instance, **pids)
        gateway.post(a_second=RATES[0])  # connections are open, plans are made
        with meter.reading() as idle:
            time.sleep(IDLE_SECONDS)
        found: dict[int, tuple[int, Spent]] = {}
        for rate in RATES:
            tell(f"readings: {rate * READINGS:,} a second")
            with meter.reading() as spent:
                stored = gateway.post(a_second=rate)
            found[rate * READINGS] = stored, spent
        sizes = {}
        for size in SIZES:
            tell(f"readings: {size} a batch")
            with meter.reading() as spent:
                stored = gateway.post(a_second=RATES[0], size=size)
            sizes[size] = beyond(spent, idle, "web") * 1e6 / stored
    return [*_by_rate(found, idle), _by_size(sizes)]


def _by_rate(found: dict[int, tuple[int, Spent]], idle: Spent) -> list[Curve]:
    curves = []
    for name in ("web", "drain", VALKEY, POSTGRES):
        costs = {
            rate: beyond(spent, idle, name) * 1e6 / stored
            for rate, (stored, spent) in found.items()
        }
        curves.append(curve(f"reading, {name}", OF, "µs of CPU", costs, _BENDS[name]))
    for name, what in (("wal_bytes", "written ahead"), ("stored_bytes", "stored")):
        costs = {rate: getattr(spent, name) / stored for rate, (stored, spent) in found.items()}
        curves.append(curve(f"reading, {what}", OF, "bytes", costs, "nothing is deleted"))
    commands = {rate: spent.commands / stored for rate, (stored, spent) in found.items()}
    return [*curves, curve("reading, commands", OF, "commands of Valkey", commands)]


def _by_size(sizes: dict[int, float]) -> Curve:
    why = "a request costs what a hundred readings cost: batches"
    return curve("reading by its batch, web", "readings a batch", "µs of CPU", sizes, why)


def _cut(body: bytes, size: int) -> bytes:
    readings = msgspec.json.decode(body)["readings"]
    return msgspec.json.encode({"readings": readings[:size]})
