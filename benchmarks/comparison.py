"""What moved since the last run, by more than either run wandered by itself.

Each run cuts a ratio's rounds into fifths and takes their medians. A ratio has moved where the
fifths of one run all lie above all of the other's. Were both runs draws of one hat, that would come
about in 2 of 252 cases: among a hundred ratios expect about one that moved for no reason. What is
counted has no noise: any difference is a move. What a clock said is not compared.
"""

from collections.abc import Iterator, Mapping, Sequence

from benchmarks.finding import Figure

# Which a run repeats, and still nobody would act upon: memory is laid out anew in each process.
LEAST = 0.05


def moved(before: Mapping[str, Figure], now: Sequence[Figure]) -> list[str]:
    """A line for each figure that moved."""
    return list(_lines(before, now))


def _lines(before: Mapping[str, Figure], now: Sequence[Figure]) -> Iterator[str]:
    for figure in now:
        old = before.get(figure.name)
        if old is not None and old.kind == figure.kind and has_moved(old, figure):
            yield f"{figure.name}: {_told(old)} -> {_told(figure)}"


def has_moved(old: Figure, new: Figure) -> bool:
    """Whether the two are not the same figure measured twice."""
    if new.kind == "count":
        return new.value != old.value
    # What a clock said has none, nor has what was measured too few times.
    if not old.fifths or not new.fifths:
        return False
    apart = min(new.fifths) > max(old.fifths) or max(new.fifths) < min(old.fifths)
    return apart and abs(new.value - old.value) > LEAST * old.value


def _told(figure: Figure) -> str:
    if figure.kind == "count":
        return f"{figure.value:,.6g} {figure.unit}"
    return f"{figure.value:.2f} times ({min(figure.fifths):.2f} … {max(figure.fifths):.2f})"
