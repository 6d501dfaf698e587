"""How much of what a line could make it made well: the product of three shares."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy.orm import Session

from app.database import Ask
from app.domain.reports.answers import Answer
from app.domain.reports.downtime import downtime
from app.domain.reports.output import in_slices
from app.domain.reports.ranges import Range, Slice


class Oee(Struct, frozen=True, kw_only=True):
    """What went in, and the three shares; one that cannot be told is None, never zero.

    `possible` is how many pieces the line makes in its run time at its target rate. Performance is
    above 1 where it is faster than that.
    """

    label: str
    planned_seconds: float
    down_seconds: float
    good: int
    scrap: int
    possible: float

    @property
    def run_seconds(self) -> float:
        return self.planned_seconds - self.down_seconds

    @property
    def made(self) -> int:
        return self.good + self.scrap

    @property
    def is_known(self) -> bool:
        """Whether anything was heard of it: a line without a piece and a stop was not counted."""
        return bool(self.made or self.down_seconds)

    @property
    def availability(self) -> float | None:
        known = self.planned_seconds and self.is_known
        return self.run_seconds / self.planned_seconds if known else None

    @property
    def performance(self) -> float | None:
        return self.made / self.possible if self.possible and self.is_known else None

    @property
    def quality(self) -> float | None:
        return self.good / self.made if self.made else None

    @property
    def oee(self) -> float | None:
        """The product; None where one of them cannot be told."""
        shares = (self.availability, self.performance, self.quality)
        if shares[0] == 0:
            return 0.0  # it stood all the time, so of its pace and pieces there is nothing to tell
        a, p, q = shares
        return None if a is None or p is None or q is None else a * p * q


def oee(session: Session, span: Range, *, plant: str, ask: Ask, now: datetime) -> Answer:
    """Of each line of the plant, in the order of the floor."""
    whole = [Slice(span.since, span.until)]
    made, as_of = in_slices(session, span, whole, plant=plant, ask=ask, now=now)
    lost, also_as_of = downtime(session, span, plant=plant, ask=ask, now=now)
    return Answer(lines(made, lost), min(as_of, also_as_of))


def lines(made: Sequence[Any], lost: Sequence[Any]) -> list[Oee]:
    """What each line made and lost, put together."""
    down: dict[str, float] = {}
    for row in lost:
        down[row.slug] = down.get(row.slug, 0.0) + row.seconds
    found = []
    for row in made:
        down_seconds = down.get(row.slug, 0.0)
        run_hours = (row.planned_seconds - down_seconds) / 3600
        found.append(
            Oee(
                label=row.name,
                planned_seconds=row.planned_seconds,
                down_seconds=down_seconds,
                good=row.good,
                scrap=row.scrap,
                possible=run_hours * row.target_per_hour,
            )
        )
    return found


def together(each: Sequence[Oee], label: str) -> Oee:
    """Lines as if they were one: each counts by its time and its pieces.

    Those without a target, or of which nothing was heard, are left out.
    """
    told = [line for line in each if line.oee is not None]
    return Oee(
        label=label,
        planned_seconds=sum(line.planned_seconds for line in told),
        down_seconds=sum(line.down_seconds for line in told),
        good=sum(line.good for line in told),
        scrap=sum(line.scrap for line in told),
        possible=sum(line.possible for line in told),
    )
