"""No stale read: what was answered to a writer, or shown to a reader, is never unseen again."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence

from lab.chaos.checker.verdicts import Verdict, of_kind, verdict
from lab.chaos.history import OK, Event, Read, Wrote


def judge(history: Sequence[Event]) -> Verdict:
    """A read shows at least the newest version that was answered or shown before it began.

    Each thing has one writer, whose versions grow. A write without an answer may be seen or not;
    once it was seen, it counts.
    """
    writes: dict[str, list[Wrote]] = defaultdict(list)
    for write in of_kind(history, Wrote):
        writes[write.thing].append(write)
    reads: dict[str, list[Read]] = defaultdict(list)
    for read in of_kind(history, Read):
        if read.version is not None:
            reads[read.thing].append(read)
    wrong, counted, elsewhere = [], 0, 0
    for thing, seen in reads.items():
        floor = _Floor(writes[thing], seen)
        for read in seen:
            counted += 1
            least, from_ = floor.before(read.began)
            elsewhere += bool(from_) and read.via != from_
            if (version := read.version or 0) < least:
                wrong.append(
                    f"{read.reader} was shown {thing} {version} by {read.via}, "
                    f"{least} was known {read.began - floor.since(least):.3f} s before"
                )
            elif version > floor.greatest_begun(read.ended):
                wrong.append(f"{read.reader} was shown {thing} {version}, which nobody had written")
    return verdict(
        "no stale read",
        counted=counted,
        of=f"reads, {elsewhere:,} of them of what was written by another instance",
        wrong=wrong,
    )


class _Floor:
    """What a read that begins at some moment has to show at least."""

    def __init__(self, writes: list[Wrote], reads: list[Read]) -> None:
        known = [(w.ended, w.version, w.via) for w in writes if w.status == OK]
        known += [(read.ended, read.version or 0, "") for read in reads]
        self._since: dict[int, float] = {}
        self._moments: list[float] = []
        self._least: list[int] = []
        self._by: list[str] = []
        for ended, version, by in sorted(known):
            if not self._least or version > self._least[-1]:
                self._since[version] = ended
                self._moments.append(ended)
                self._least.append(version)
                self._by.append(by)
        self._begun = sorted((write.began, write.version) for write in writes)

    def before(self, moment: float) -> tuple[int, str]:
        """The least version, and which instance had answered its writer; 0 where none is known."""
        at = bisect_left(self._moments, moment) - 1
        return (self._least[at], self._by[at]) if at >= 0 else (0, "")

    def since(self, version: int) -> float:
        """Since when this version is known."""
        return self._since[version]

    def greatest_begun(self, moment: float) -> int:
        """The newest version that anybody had begun to write by then."""
        return max((version for began, version in self._begun if began <= moment), default=0)
