"""What is promised of a run under load, and whether it held."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from app.parts import Parts
from benchmarks.load.files import ACKNOWLEDGED
from benchmarks.load.gauges import ANSWERS, LIES
from benchmarks.load.stored import await_drain, count
from lab.report.folder import Run, Verdict

KINDS = {"readings": "Every acknowledged reading is stored once",
         "output": "Every acknowledged count of pieces is stored once"}  # fmt: skip


class Acknowledged(msgspec.Struct):
    kind: str
    start: int
    stop: int


def of_storing(parts: Parts, folder: Path, *, since: datetime) -> Iterator[Verdict]:
    """Hold what was acknowledged against the database, when the drains are level."""
    is_level = await_drain(parts)
    acknowledged = list(_acknowledged(folder))
    for kind, name in KINDS.items():
        numbers = [range(each.start, each.stop) for each in acknowledged if each.kind == kind]
        counted = count(parts, numbers, since=since, kind=kind)
        yield Verdict(
            name=name,
            # A count of nothing proves nothing.
            holds=is_level and counted.is_right and counted.acknowledged > 0,
            counted=str(counted),
            words="" if is_level else "the landing streams did not run empty",
        )


def of_answers(run: Run) -> Verdict:
    """503 is an answer: come back later. Anything else that was not asked for is wrong."""
    requests = sum(sample.requests for sample in run.samples)
    busy = sum(sample.busy for sample in run.samples)
    wrong = sum(sample.errors for sample in run.samples) - busy
    return Verdict(
        name="Nothing is answered wrongly",
        holds=requests > 0 and wrong == 0,
        counted=f"{requests:,} requests, {wrong:,} wrong, {busy:,} asked to come back (503)",
        words="a redirect, a refusal, an error or no answer where there should be one is wrong",
    )


def of_screens(run: Run) -> Verdict:
    events = sum(each.events for each in run.deliveries)
    screens = max((each.screens for each in run.deliveries), default=0)
    return Verdict(
        name="Screens hear what happens on the floor",
        holds=events > 0,
        counted=f"{events:,} changes of lines reached {screens:,} screens",
        words="a change is counted once a screen, when it first hears of it",
    )


def of_lies(grown: Callable[[str], float | None]) -> Iterator[Verdict]:
    """What the application itself found: it compares one hit in 10,000 with the database."""
    lies, answers = grown(LIES), grown(ANSWERS)
    if lies is not None and answers is not None:
        yield Verdict(
            name="The cache's own check finds no stale answer",
            holds=lies == 0,
            counted=f"{answers:,.0f} answers, {lies:,.0f} found stale",
            words="one answer from the cache in 10,000 is compared with the database",
        )


def _acknowledged(folder: Path) -> Iterator[Acknowledged]:
    file = folder / ACKNOWLEDGED
    for line in file.read_bytes().splitlines() if file.exists() else ():
        yield msgspec.json.decode(line, type=Acknowledged)
