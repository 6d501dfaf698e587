"""Nothing acknowledged is lost, nothing counted twice: readings, pieces, and boards of them."""

from collections import Counter
from collections.abc import Sequence

from lab.chaos.checker.verdicts import Verdict, of_kind, verdict
from lab.chaos.history import ACCEPTED, Event, Faulted, Scores, Sent, Stored, value_of

READINGS = "Every acknowledged reading is stored once"
OUTPUT = "Every acknowledged count of pieces is stored once"
NAMES = {"readings": READINGS, "output": OUTPUT}
SCORES = "Leaderboards show what is stored"


def readings(history: Sequence[Event]) -> Verdict:
    """Each acknowledged reading is in the database once, with its value."""
    return _each_once(history, "readings")


def output(history: Sequence[Event]) -> Verdict:
    """Each acknowledged count of pieces is in the database once, with its number of pieces."""
    return _each_once(history, "output")


def scores(history: Sequence[Event]) -> Verdict:
    """Each line has as many more pieces on its board as were stored of it."""
    boards = {told.when: told.rows for told in of_kind(history, Scores)}
    stored: Counter[str] = Counter()
    for table in of_kind(history, Stored):
        if table.kind == "output":
            for _, line, pieces in table.rows:
                stored[line] += int(pieces)
    wrong = []
    if boards.keys() != {"before", "after"}:
        return verdict(SCORES, counted=0, of="lines", wrong=[])
    for line in sorted(boards["after"].keys() | stored.keys()):
        more = boards["after"].get(line, 0) - boards["before"].get(line, 0)
        if more != stored[line]:
            wrong.append(f"{line} has {more:,} more pieces, and {stored[line]:,} were stored")
    return verdict(
        SCORES,
        counted=len(stored),
        of=f"lines with {stored.total():,} pieces",
        wrong=wrong,
    )


def _each_once(history: Sequence[Event], kind: str) -> Verdict:
    sent = [event for event in of_kind(history, Sent) if event.kind == kind]
    lines = {number: event.line for event in sent for number in event.numbers}
    acknowledged: dict[int, float] = {}
    for event in sent:
        if event.status == ACCEPTED:
            # The same batch may be sent again; what was promised first is promised.
            acknowledged |= {
                number: min(event.ended, acknowledged.get(number, event.ended))
                for number in event.numbers
            }
    faults = of_kind(history, Faulted)
    rows = [row for table in of_kind(history, Stored) if table.kind == kind for row in table.rows]
    times = Counter(number for number, _, _ in rows)
    missing = [number for number in acknowledged if number not in times]
    excused = [n for n in missing if may_be_lost(kind, n, acknowledged[n], faults)]
    wrong = [f"{n} was acknowledged and is not there" for n in sorted({*missing} - {*excused})]
    wrong += [f"{number} is there {times_} times" for number, times_ in times.items() if times_ > 1]
    for number, line, value in rows:
        if number not in lines:
            wrong.append(f"{number} is there, and nobody sent it")
        elif (line, value) != (lines[number], value_of(kind, number)):
            wrong.append(f"{number} is {value} of {line}")
    aside = f"; {len(excused)} went with the cache, as promised" if excused else ""
    return verdict(
        NAMES[kind],
        counted=len(acknowledged),
        of=f"acknowledged, {len(times):,} stored{aside}",
        wrong=wrong,
    )


def may_be_lost(kind: str, number: int, acknowledged: float, faults: list[Faulted]) -> bool:
    """Whether it was in a cache alone that was wiped, or may have been in a primary that died."""
    return any(
        number in fault.lost.get(kind, ())
        or (fault.unsure_from is not None and fault.unsure_from <= acknowledged <= fault.ended)
        for fault in faults
    )
