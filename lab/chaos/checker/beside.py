"""What the load beside the witnesses was promised: readings and pieces, by their numbers alone."""

from collections.abc import Sequence

from lab.chaos.checker.items import NAMES, may_be_lost
from lab.chaos.checker.verdicts import Verdict, of_kind, verdict
from lab.chaos.history import Event, Faulted, Kept, Loaded, Taken


def judged(history: Sequence[Event]) -> list[Verdict]:
    """Verdicts where there was a load; one that ended early may have been told nothing."""
    told = of_kind(history, Loaded)
    taken = of_kind(history, Taken)
    if not told or (told[0].ended_early and not taken):
        return []
    return [readings(history), output(history)]


def readings(history: Sequence[Event]) -> Verdict:
    """Each reading that the load was acknowledged is in the database once."""
    return _each_once(history, "readings")


def output(history: Sequence[Event]) -> Verdict:
    """The same for counts of pieces."""
    return _each_once(history, "output")


def _each_once(history: Sequence[Event], kind: str) -> Verdict:
    faults = of_kind(history, Faulted)
    kept = [each for each in of_kind(history, Kept) if each.kind == kind]
    there = {n for each in kept for first, last in each.stretches for n in range(first, last + 1)}
    taken = [each for each in of_kind(history, Taken) if each.kind == kind]
    # It is known to the second: a fault that began or ended within it may have been the cause.
    missing = [
        (number, batch.at)
        for batch in taken
        for number in range(batch.first, batch.last + 1)
        if number not in there
    ]
    lost = [
        number
        for number, at in missing
        if not any(may_be_lost(kind, number, moment, faults) for moment in (at, at + 1))
    ]
    wrong = [f"{number} was acknowledged and is not there" for number in lost]
    wrong += [f"{number} is there more than once" for each in kept for number in each.doubled]
    excused = len(missing) - len(lost)
    aside = f"; {excused} went with the cache, as promised" if excused else ""
    return verdict(
        f"{NAMES[kind]}, of the load too",
        counted=sum(batch.last - batch.first + 1 for batch in taken),
        of=f"acknowledged, {len(there):,} stored{aside}",
        wrong=wrong,
    )
