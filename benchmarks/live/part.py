"""Part: 500, 2,000 and 10,000 pages on one live process, and on the least that fans out."""

import asyncio
import resource
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import product

import msgspec
import psutil

from app.domain import board
from benchmarks.browser import sign_in
from benchmarks.finding import Figure, Finding, Part, clocked, machine, ratio
from benchmarks.instance import PLANT, USERNAME, Instance
from benchmarks.live.bare_stream import CHANNEL
from benchmarks.live.crowd import EVERY_SECONDS, SAID, Crowd, Heard, Target, megabytes, told_now
from benchmarks.report import table
from benchmarks.screens import allow_many_files
from benchmarks.steps import engines
from lab import procfile
from lab.engines import free_port

COUNTS = (500, 2_000, 10_000)
ROUNDS = 5
# What a process has open beside its streams.
SPARE_FILES = 200
OURS, BARE = "live", "bare"
HEAD = (
    *("pages", "", "p50", "p99", "delivered at least", "CPU a delivery", "bare = 1"),
    *("CPU an opening", "503 while they came", "stayed at least", "memory a page"),
)
_MEANS = (
    "From the call of `Announcer.announce` to the moment at which each page's socket had the "
    f"event; {ROUNDS} rounds of {SAID} announcements, {EVERY_SECONDS:g} s apart; medians. **Bare** "
    "is a Starlette application on the same server with the same flags that puts what is published "
    "into a queue for each stream, and nothing else: no "
    "session, no snapshot, no numbers, nothing to catch up with. **CPU** is the process's own, of "
    "user and system; **503** is what pages were told while the others were let in, and who is not "
    "in after 75 s is left out; **stayed** is how many were there at a round's end; **memory** is "
    "what it has beyond that of a process with nobody, over all pages. The pages are bare sockets "
    "in one process on the same cores, whose own work delays what they hear; nginx, TLS and the "
    "network are left out."
)


@dataclass(frozen=True, slots=True)
class Met:
    """All rounds of one target with so many pages, and how they came."""

    heard: list[Heard]
    opening_us: float
    waits: int

    def middle(self, name: str) -> float:
        """The median of the rounds."""
        return float(statistics.median(getattr(each, name) for each in self.heard))

    @property
    def was_heard(self) -> bool:
        """Whether somebody heard a word in each round: else 0 ms would be a lie."""
        return all(each.p99_ms for each in self.heard)

    @property
    def share(self) -> float:
        """The smallest share that was delivered."""
        return min(each.share for each in self.heard)


# By the target's name, then by how many.
Found = dict[str, dict[int, Met]]


def measure(tell: Callable[[str], None]) -> Finding:
    """With an instance of its own."""
    on = machine("granian", "starlette", "redis")
    allow_many_files(max(COUNTS) + SPARE_FILES)
    counts, words = fitting(COUNTS, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    with Instance() as instance:
        on = f"{on}, {engines(instance)}"
        instance.start("web", "live")
        targets = (live_process(instance), _bare(instance))
        idle = {target.name: megabytes(target.process) for target in targets}
        found = asyncio.run(_all_met(targets, counts, tell))
    rows = [_row(name, count, found, idle) for count in counts for name in (OURS, BARE)]
    return Finding(
        on,
        table(HEAD, rows),
        f"{_MEANS}{words}",
        figures_of(found),
        {
            name: {str(count): asdict(met) for count, met in by.items()}
            for name, by in found.items()
        },
    )


def fitting(counts: Sequence[int], files: int) -> tuple[list[int], str]:
    """Those of the counts for which a process may open enough files, and a word on the others."""
    fit = [count for count in counts if count + SPARE_FILES <= files]
    left_out = [f"{count:,}" for count in counts if count not in fit]
    if not left_out:
        return fit, f" A process may open {files:,} files here, which is enough for each."
    return fit, (
        f" **Left out: {', '.join(left_out)}**. A process may open {files:,} files here, and each "
        f"page is one, beside {SPARE_FILES} others; `ulimit -Hn` says how many it might."
    )


async def _all_met(
    targets: Sequence[Target], counts: Sequence[int], tell: Callable[[str], None]
) -> Found:
    found: Found = {target.name: {} for target in targets}
    for target in targets:
        # The first word on a channel begins its epoch, and makes listeners read afresh.
        target.announce("bench")
    for count, target in product(counts, targets):
        tell(f"{count:,} pages listen to {target.name}")
        found[target.name][count] = await _met(target, count)
    return found


async def _met(target: Target, pages: int) -> Met:
    crowd = Crowd(target)
    opening_us = await crowd.become(pages)
    heard = [await crowd.hear() for _ in range(ROUNDS)]
    await crowd.leave()
    return Met(heard, opening_us, crowd.asked_to_wait)


def live_process(instance: Instance) -> Target:
    announcer = instance.parts.announcer
    return Target(
        OURS,
        instance.url("live", f"/live/board?plant={PLANT}"),
        sign_in(instance.url("web"), USERNAME, instance.password),
        psutil.Process(instance.processes["live"].pid),
        lambda key: announcer.announce(board.board_channel(PLANT), "tile", key, told_now()),
    )


def _bare(instance: Instance) -> Target:
    instance.ports[BARE] = free_port()
    same_flags = procfile.command("live", port=instance.ports[BARE])[:-1]
    instance.launch(BARE, [*same_flags, "benchmarks.live.bare_stream:create_stream"])
    instance.await_answer(BARE, "/live/healthz")

    def announce(_: str) -> None:
        words = msgspec.json.encode({"tiles": [told_now()], "readings": {}})
        instance.parts.redis.publish(CHANNEL, words)

    process = psutil.Process(instance.processes[BARE].pid)
    return Target(BARE, instance.url(BARE, "/"), "", process, announce)


def _row(name: str, count: int, found: Found, idle: dict[str, float]) -> list[str]:
    met, bare = found[name][count], found[BARE][count]
    kilobytes = (max(each.megabytes for each in met.heard) - idle[name]) * 1e3 / count
    return [
        *(f"{count:,}", f"**{name}**" if name == OURS else name),
        *(_late(met, each) for each in ("p50_ms", "p99_ms")),
        f"{met.share:.1%}",
        f"{met.middle('cpu_us'):.0f} µs",
        f"{statistics.median(_times(met, bare)):.1f}",
        f"{met.opening_us:,.0f} µs",
        f"{met.waits:,}",
        f"{min(each.listeners for each in met.heard):,}",
        f"{kilobytes:.0f} kB",
    ]


def _late(met: Met, name: str) -> str:
    return f"{met.middle(name):,.0f} ms" if met.was_heard else "not heard"


def _times(met: Met, bare: Met) -> list[float]:
    return [ours.cpu_us / each.cpu_us for ours, each in zip(met.heard, bare.heard, strict=True)]


def figures_of(found: Found) -> list[Figure]:
    figures = []
    for count, met in found[OURS].items():
        times = _times(met, found[BARE][count])
        figures += [
            clocked(f"delivered to {count:,}", met.share * 100, "%"),
            ratio(f"a delivery to {count:,} : bare", times),
        ]
        if met.was_heard:
            figures.append(clocked(f"p99 of {count:,}", met.middle("p99_ms"), "ms"))
    return figures


PART = Part("live", "## How late a page hears", measure)
