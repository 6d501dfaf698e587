"""Figure: landing one batch, against an XADD of the same bytes."""

import time
from datetime import UTC, datetime

from app.domain import telemetry
from benchmarks.batches import PLANT_ID, READINGS, Numbering
from benchmarks.instance import Instance
from benchmarks.rounds import Compared, in_turns, rate

TIMES = 150
SOURCE = "bench-gateway"

MEANS = (
    f"`accept_readings` and `Landing.add` of one batch of {READINGS} readings, from the JSON a "
    "gateway sent to the id of the stream entry; against one XADD of the bytes that come out. Our "
    "side decodes the JSON, checks each name, moment and value, and asks the stream for its length "
    "in a script. HTTP, the token and Flask are left out."
)


def compare(instance: Instance) -> Compared:
    parts = instance.parts
    names = telemetry.Directory(time.monotonic)
    with parts.database.transaction() as session:
        names.refresh(session)
    body = Numbering().batch(0).body
    bare_bytes = telemetry.accept_readings(
        body, names=names, plant_id=PLANT_ID, now=datetime.now(UTC)
    ).batch
    fields = {"source": SOURCE, "kind": "readings", "batch": bare_bytes}

    def ours() -> None:
        accepted = telemetry.accept_readings(
            body, names=names, plant_id=PLANT_ID, now=datetime.now(UTC)
        )
        parts.landing.add(accepted.batch, source=SOURCE, kind="readings")

    def bare() -> None:
        parts.redis.xadd("bench:bare", fields)

    def empty() -> None:
        parts.redis.delete(*parts.landing.streams, "bench:bare")

    def timed_ours() -> float:
        empty()
        return rate(ours, times=TIMES)

    def timed_bare() -> float:
        empty()
        return rate(bare, times=TIMES)

    compared = in_turns(timed_ours, timed_bare)
    empty()
    return Compared("landing a batch", "batches/s", MEANS, *compared, "XADD")
