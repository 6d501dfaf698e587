"""No stale read: what was answered to a writer, or shown to a reader, is never unseen again."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence

from lab.chaos.checker.verdicts import Verdict, of_kind, verdict
from lab.chaos.history import OK, Event, Faulted, Read, Wrote

# A process that could not reach the cache asks it again after a second; until then it owes.
OWING_SECONDS = 2.0
# A drain that found the cache away looks for debts again after five seconds at most, or half a one.
PAID_SECONDS = 6.0


def judge(history: Sequence[Event]) -> Verdict:
    """A read shows at least the newest version that was answered or shown before it began.

    Each thing has one writer, whose versions grow. A write without an answer may be seen or not;
    once it was seen, it counts. What an instance wrote that could not reach the cache may be owed:
    until it is paid, others may be answered from before. Such reads are allowed, and counted.
    """
    reads: dict[str, list[Read]] = defaultdict(list)
    for read in of_kind(history, Read):
        if read.version is not None:
            reads[read.thing].append(read)
    wrong, counted, elsewhere, owed = [], 0, 0, 0
    faults = of_kind(history, Faulted)
    for thing, seen in reads.items():
        writes = [write for write in of_kind(history, Wrote) if write.thing == thing]
        at_once = _Floor(writes, seen, {})
        when_paid = _Floor(writes, seen, _debts(writes, faults))
        for read in seen:
            counted += 1
            elsewhere += at_once.was_written_past(read)
            if word := _too_new(read, writes) or when_paid.stale(read):
                wrong.append(word)
            elif at_once.stale(read):
                owed += 1
    aside = f"; {owed} from before, while the write was owed" if owed else ""
    of = f"reads, {elsewhere:,} of them of what was written by another instance{aside}"
    return verdict("No read is stale", counted=counted, of=of, wrong=wrong)


class _Floor:
    """What a read that begins at some moment has to show at least.

    `debts` says of some versions from when on they count, whoever has seen them before.
    """

    def __init__(self, writes: list[Wrote], reads: list[Read], debts: dict[int, float]) -> None:
        known = [(write.ended, write.version, write.via) for write in writes if write.status == OK]
        known += [(read.ended, read.version or 0, "") for read in reads]
        known = [(max(at, debts.get(version, at)), version, by) for at, version, by in known]
        self._steps: list[tuple[float, int, str]] = []
        for at, version, by in sorted(known):
            if not self._steps or version > self._steps[-1][1]:
                self._steps.append((at, version, by))

    def stale(self, read: Read) -> str:
        """What was known before this read began and is newer than what it shows; else empty."""
        at, least, _ = self._before(read.began)
        if (read.version or 0) >= least:
            return ""
        return (
            f"{read.reader} was shown {read.thing} {read.version} by {read.via}, "
            f"{least} was known {read.began - at:.3f} s before"
        )

    def was_written_past(self, read: Read) -> bool:
        """Whether another instance than this one answered the newest writer."""
        _, _, by = self._before(read.began)
        return bool(by) and by != read.via

    def _before(self, moment: float) -> tuple[float, int, str]:
        at = bisect_left(self._steps, moment, key=lambda step: step[0]) - 1
        return self._steps[at] if at >= 0 else (0.0, 0, "")


def _too_new(read: Read, writes: list[Wrote]) -> str:
    """What is wrong with a version that nobody had begun to write when it was shown."""
    newest = max((it.version for it in writes if it.began <= read.ended), default=0)
    if (read.version or 0) <= newest:
        return ""
    return f"{read.reader} was shown {read.thing} {read.version}, which nobody had written"


def _debts(writes: list[Wrote], faults: list[Faulted]) -> dict[int, float]:
    """Which versions may have been owed, and from when on they are paid at the latest."""
    return {
        write.version: write.ended + PAID_SECONDS
        for write in writes
        for fault in faults
        if write.via in fault.owing
        and write.began <= fault.ended + OWING_SECONDS
        and write.ended >= fault.began
    }
