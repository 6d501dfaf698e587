"""Curves of open pages: what hearing, coming and merely being open cost."""

import asyncio
import statistics
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.instance import Instance
from benchmarks.live.crowd import Crowd, Target, megabytes
from benchmarks.live.part import live_process
from benchmarks.scale.curves import Curve, curve
from benchmarks.scale.spending import POSTGRES, VALKEY, Meter, Spent
from benchmarks.screens import allow_many_files
from lab.engines import EngineFailed

# As many as a process holds on a machine that does other things too.
PAGES = (250, 500, 1_000)
ROUNDS = 2
# Two heartbeats of each page, and two looks whether its session still holds.
OPEN_SECONDS = 30
OF = "pages on a process"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen with so many pages; `stayed` is what was spent while nothing was said."""

    delivery_us: float
    opening_us: float
    megabytes: float
    stayed: Spent


def measure(tell: Callable[[str], None]) -> list[Curve]:
    allow_many_files(max(PAGES) + 200)
    with Instance(days=1) as instance:
        instance.start("web", "live")
        meter = Meter(instance, live=instance.processes["live"].pid)
        target = live_process(instance)
        idle_megabytes = megabytes(target.process)
        seen = asyncio.run(_seen(target, meter, tell))
    kept = {pages: (it.megabytes - idle_megabytes) * 1e3 / pages for pages, it in seen.items()}
    heard = {pages: it.delivery_us for pages, it in seen.items()}
    came = {pages: it.opening_us for pages, it in seen.items()}
    return [
        curve("delivery", OF, "µs of CPU", heard, "one thread: more instances"),
        curve("opening", OF, "µs of CPU", came, "session, snapshot: more instances"),
        curve("page, memory", OF, "kB", kept, "an instance's memory"),
        *(
            curve(f"page open a minute, {name}", OF, unit, by, "a look at its session each 15 s")
            for name, unit, by in (
                ("live", "ms of CPU", _minutes(seen, lambda it: it.cpu["live"] * 1e3)),
                (VALKEY, "µs of CPU", _minutes(seen, lambda it: it.cpu[VALKEY] * 1e6)),
                (POSTGRES, "ms of CPU", _minutes(seen, lambda it: it.cpu[POSTGRES] * 1e3)),
                ("commands", "commands of Valkey", _minutes(seen, lambda it: it.commands)),
            )
        ),
    ]


async def _seen(target: Target, meter: Meter, tell: Callable[[str], None]) -> dict[int, Seen]:
    crowd, seen = Crowd(target), {}
    target.announce("scale")
    for pages in PAGES:
        tell(f"viewers: {pages:,} pages")
        came = await crowd.become(pages)
        rounds = [await crowd.hear() for _ in range(ROUNDS)]
        with meter.reading() as stayed:
            await asyncio.sleep(OPEN_SECONDS)
        if crowd.listening < pages:
            raise EngineFailed(f"of {pages:,} pages {crowd.listening:,} were not sent away")
        heard = statistics.median(each.cpu_us for each in rounds)
        seen[pages] = Seen(heard, came, max(each.megabytes for each in rounds), stayed)
    await crowd.leave()
    return seen


def _minutes(seen: dict[int, Seen], of: Callable[[Spent], float]) -> dict[int, float]:
    """What one open page costs a minute in which nothing is said."""
    return {
        pages: of(each.stayed) * 60 / each.stayed.seconds / pages for pages, each in seen.items()
    }
