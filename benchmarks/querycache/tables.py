"""What was measured of the query cache and its peers, as tables and numbers."""

import statistics
from collections.abc import Sequence

from benchmarks.finding import Figure, clocked, counted, ratio
from benchmarks.querycache import fills, race
from benchmarks.querycache.contenders import (
    BARE,
    CACHES,
    CORE,
    ENTRANTS,
    STRICT,
    TRACKED,
    VALIDATED,
    WRITERS,
)
from benchmarks.querycache.measure import COMMIT_ROUNDS, COMMITS, HITS, ROUNDS, Measured
from benchmarks.querycache.table import ROWS, SHELVES
from benchmarks.querycache.turns import Cost, cost
from benchmarks.rounds import percentile

HITS_HEAD = (
    *("", "a read, median", "p99", "GET = 1", "10 % … 90 %"),
    *("stale reads", f"stale with a query {race.LONGER_SECONDS[1] * 1e3:.0f} ms longer"),
)
CHANGES_HEAD = (
    *("", "a commit, median", "plain commit = 1", "10 % … 90 %"),
    *(f"of {fills.PROCESSES} ran the query", "the slowest waited"),
)
NONE = ""

_HITS = (
    f"A read is {ROWS} rows of six columns (int, int, text, text, numeric, timestamptz) from a "
    "warm cache as the application gets them: the key found, the answer fetched and decoded. What "
    "reads the database makes its session anew. Each contender has a process of its own; "
    f"{ROUNDS} rounds, each of which asks all of them, in an order of its own, for a burst of "
    f"{HITS}. A ratio is that of two medians of the same round; the columns give its median and "
    "the middle 80 %. A burst in which a cache asked the database ends the benchmark."
)
_PINNED = (
    "Client, Valkey and PostgreSQL share one CPU here: an idle virtual CPU takes longer to wake "
    "than a GET takes, which would land on every round trip and hide what the software costs."
)
_FREE = "This system cannot keep a process on one CPU: a round trip wakes the other one each time."
_RACE = (
    f"**Stale**: {race.WRITERS} writers and {race.READERS} readers in processes of their own, on "
    f"all CPUs: {race.SECONDS:.0f} s with the query as it is, {race.SECONDS:.0f} s with a longer "
    "one. A writer notes the number it has committed once commit and invalidation have "
    "returned, a reader takes that note before it asks, and an answer with a smaller number is "
    "stale. The peers invalidate after the commit, as their documentation says."
)
_CHANGES = (
    "**A commit** is a transaction that updates one row of a cached answer, with the invalidation; "
    f"beside the same without a cache and by the same ORM; {COMMIT_ROUNDS} rounds of {COMMITS}. "
    f"**Fills**: {fills.PROCESSES} processes miss the same answer at once, and the query takes "
    f"{fills.QUERY_SECONDS * 1e3:.0f} ms; medians and the worst of "
    f"{SHELVES - 1}. Peers that have a lock use it there. That of cashews is taken around a hit "
    "too, which is why its reads above are without. Ours lets a second process run the query after "
    "half the policy's `wait`, 250 ms, in case the first one has died; on a busy machine a query "
    "of 200 ms takes longer than that."
)
_OURS = (
    "**Ours**: strict asks the server for epoch, tokens and answer each time; validated has the "
    "answer decoded in the process and asks for epoch and tokens; tracked asks nothing in a "
    "request that has talked to the server before, as with its session: that word is not counted "
    "in its time, but the race has it. The cache's own check, one hit in ten thousand, is off."
)


def hit_rows(measured: Measured) -> list[list[str]]:
    rows = []
    for entrant in ENTRANTS:
        found = cost(measured.hits, entrant.name, measure=BARE)
        verdicts = measured.races.get(entrant.name)
        stale = [_stale(verdict) for verdict in verdicts] if verdicts else [NONE, NONE]
        median = f"{found.median_us:,.1f} µs"
        rows.append(
            [_title(entrant.name), median, f"{found.p99_us:,.0f} µs", *_times(found), *stale]
        )
    return rows


def change_rows(measured: Measured) -> list[list[str]]:
    rows = []
    for entrant in WRITERS:
        found = cost(measured.commits, entrant.name, measure=str(entrant.plain))
        filled = measured.fills.get(entrant.name)
        contended = _contended(filled) if filled else [NONE, NONE]
        rows.append(
            [_title(entrant.name), f"{found.median_us:,.0f} µs", *_times(found), *contended]
        )
    return rows


def means(measured: Measured) -> str:
    """What the tables compare, and how."""
    where = _PINNED if measured.pinned else _FREE
    return f"{_HITS} {where}\n\n{_OURS}\n\n{_RACE}\n\n{_CHANGES}"


def numbers(measured: Measured) -> dict[str, object]:
    """The same for a file: every round's samples would be tens of thousands of lines."""
    hits = {entrant.name: cost(measured.hits, entrant.name, measure=BARE) for entrant in ENTRANTS}
    commits = {
        each.name: cost(measured.commits, each.name, measure=str(each.plain)) for each in WRITERS
    }
    return {
        "pinned": measured.pinned,
        "hits": {name: _summary(each) for name, each in hits.items()},
        "commits": {name: _summary(each) for name, each in commits.items()},
        "races": measured.races,
        "fills": measured.fills,
    }


def figures(measured: Measured) -> list[Figure]:
    """What the goals are held against, and each peer beside the bare GET."""
    hits = {each.name: cost(measured.hits, each.name, measure=BARE) for each in ENTRANTS}
    peers = [each.name for each in CACHES if not each.name.startswith("ours")]
    best = min(peers, key=lambda name: hits[name].times)
    ours = {each.name: measured.races[each.name] for each in CACHES if each.name not in peers}
    commits = cost(measured.commits, STRICT, measure=CORE)
    return [
        ratio("strict hit : GET", hits[STRICT].ratios),
        ratio("validated hit : GET", hits[VALIDATED].ratios),
        clocked("tracked hit", hits[TRACKED].median_us, "µs"),
        ratio("strict hit : best peer", cost(measured.hits, STRICT, measure=best).ratios),
        ratio("strict hit : the query", cost(measured.hits, STRICT, measure=CORE).ratios),
        ratio("commit : plain commit", commits.ratios),
        counted("stale answers", sum(race.stale for each in ours.values() for race in each), ""),
        counted("ran a missed query", _usually_ran(measured.fills[STRICT]), "of 8"),
        *(ratio(f"{name} hit : GET", hits[name].ratios) for name in peers),
    ]


def _usually_ran(filled: Sequence[fills.Fill]) -> float:
    """Not the worst: a second one may run it where the machine keeps the first one waiting."""
    return statistics.median(fill.ran for fill in filled)


def _title(name: str) -> str:
    return f"**{name}**" if name.startswith("ours") else name


def _times(found: Cost) -> list[str]:
    low, high = _middle(found)
    return [f"{found.times:.2f}", f"{low:.2f} … {high:.2f}"]


def _middle(found: Cost) -> tuple[float, float]:
    return percentile(found.ratios, 10), percentile(found.ratios, 90)


def _stale(verdict: race.Verdict) -> str:
    share = f" ({verdict.stale / verdict.reads:.2%})" if verdict.stale else ""
    return f"{verdict.stale:,} of {verdict.reads:,}{share}"


def _contended(filled: Sequence[fills.Fill]) -> list[str]:
    ran = [fill.ran for fill in filled]
    slowest = [fill.slowest_seconds * 1e3 for fill in filled]
    return [
        f"{statistics.median(ran):.0f} (worst {max(ran)})",
        f"{statistics.median(slowest):.0f} ms (worst {max(slowest):.0f} ms)",
    ]


def _summary(found: Cost) -> dict[str, object]:
    return {
        "median_us": round(found.median_us, 2),
        "p99_us": round(found.p99_us, 2),
        "times": round(found.times, 3),
        "middle": [round(each, 3) for each in _middle(found)],
    }
