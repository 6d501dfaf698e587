"""What was measured of sessions, as tables and numbers."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.finding import Figure, counted, ratio
from benchmarks.querycache.turns import Bursts
from benchmarks.rounds import percentile
from benchmarks.sessions.application import FIELD_CHARACTERS, FIELDS
from benchmarks.sessions.contenders import BASELINE, COOKIE, ENTRANTS, NO_REFRESH, OURS, STOCK
from benchmarks.sessions.measure import KINDS, PASSES, REQUESTS, ROUNDS, Measured

COSTS_HEAD = ("", *(kind.name for kind in KINDS))
GOALS_HEAD = (
    *("a request", "beside", "ours adds", "the other adds", "the other = 1", "10 % … 90 %"),
    *("goal", "trips", "goal", ""),
)


@dataclass(frozen=True, slots=True)
class Goal:
    """What ours may add to a request: so many times what another adds, in so many round trips."""

    kind: str
    beside: str
    at_most: float | None
    trips: int


GOALS = [
    Goal("untouched", COOKIE, 1.0, 0),
    Goal("read", NO_REFRESH, 1.0, 1),
    Goal("write", STOCK, 1.1, 2),
    Goal("write unread", STOCK, None, 1),
]

_MEANS = (
    f"What a session adds to a request: {len(FIELDS)} fields of {FIELD_CHARACTERS} characters, "
    "signed in, on a Valkey of its own that appends to a file each second. Every contender is the "
    "same application, called as a WSGI server calls it, without a socket. The first row is the "
    "whole request where the session is an empty dict that comes from nowhere and goes nowhere; "
    "the others are what is added to that. **No cookie** and **untouched** are a view that does "
    "not look at its session, without and with a cookie of a live one; **read** looks at one "
    "field, **write** looks at it and changes it, **write unread** sets it without a look. "
    f"{PASSES * ROUNDS} rounds for each column; each asks all contenders, in an order of its own, "
    f"for a burst of {REQUESTS}. What is added is a difference of medians of one round, and a "
    "ratio that of two such differences; the tables give the medians of the rounds, and the "
    "middle 80 %. **Round trips** are counted by Valkey: how often it read from a socket."
)
_PEERS = (
    "**Ours** has the connection that the query cache keeps for the thread, as in the product; "
    "with a pool, it has a redis-py client of its own, as flask-session has, and as it would have "
    "in another application. The goals are judged by the first. "
    "flask-session as it comes writes the whole session back in every request, whatever the "
    "request did; no refresh is `SESSION_REFRESH_EACH_REQUEST = False`, which then never renews "
    "the time a session lives. Both keep a session as one value that the last one to write owns. "
    "The signed cookie keeps it in the browser, where nobody can end it."
)
_PINNED = (
    "Client and Valkey share one CPU, as above for the query cache. Loopback is the cheapest "
    "network there is: between two machines a round trip costs more than all of this."
)


def cost_rows(measured: Measured) -> list[list[str]]:
    rows = []
    for entrant in ENTRANTS:
        cells = []
        for kind in KINDS:
            bursts, trips = measured.bursts[kind.name], measured.trips[kind.name][entrant.name]
            if entrant.name == BASELINE:
                cells.append(f"{statistics.median(medians(bursts, BASELINE)):.0f} µs")
            else:
                added_us = statistics.median(added(bursts, entrant.name))
                cells.append(f"{added_us:+.0f} µs, {trips:g} trip{'s' * (trips != 1)}")
        rows.append([_title(entrant.name), *cells])
    return rows


def goal_rows(measured: Measured) -> list[list[str]]:
    return [list(_goal_row(measured, goal)) for goal in GOALS]


def _goal_row(measured: Measured, goal: Goal) -> Iterator[str]:
    bursts, trips = measured.bursts[goal.kind], measured.trips[goal.kind][OURS]
    found = ratios(bursts, OURS, beside=goal.beside)
    missed = []
    if goal.at_most is not None and statistics.median(found) > goal.at_most:
        missed.append("time")
    if trips > goal.trips:
        missed.append("trips")
    yield from (goal.kind, goal.beside)
    for name in (OURS, goal.beside):
        yield f"{statistics.median(added(bursts, name)):.0f} µs"
    yield f"{statistics.median(found):.2f}"
    yield f"{percentile(found, 10):.2f} … {percentile(found, 90):.2f}"
    yield "" if goal.at_most is None else f"≤ {goal.at_most:.2f}"
    yield from (f"{trips:g}", f"≤ {goal.trips}")
    yield f"**missed: {' and '.join(missed)}**" if missed else "met"


def means(measured: Measured) -> str:
    """What the tables compare, and how."""
    return f"{_MEANS}{f' {_PINNED}' if measured.pinned else ''}\n\n{_PEERS}"


def numbers(measured: Measured) -> dict[str, object]:
    """The same for a file."""
    return {
        "pinned": measured.pinned,
        "requests": {
            kind.name: {
                entrant.name: {
                    "median_us": round(statistics.median(medians(bursts, entrant.name)), 2),
                    "added_us": round(statistics.median(added(bursts, entrant.name)), 2),
                    "trips": measured.trips[kind.name][entrant.name],
                }
                for entrant in ENTRANTS
            }
            for kind in KINDS
            for bursts in (measured.bursts[kind.name],)
        },
    }


def figures(measured: Measured) -> list[Figure]:
    """What each goal is held against."""
    return [
        *(
            ratio(
                f"{goal.kind} : {goal.beside}",
                ratios(measured.bursts[goal.kind], OURS, beside=goal.beside),
            )
            for goal in GOALS
        ),
        *(
            counted(f"{goal.kind}, trips", measured.trips[goal.kind][OURS], "trips")
            for goal in GOALS
        ),
    ]


def medians(bursts: Bursts, name: str) -> list[float]:
    """A request's microseconds, round by round."""
    return [statistics.median(burst) * 1e6 for burst in bursts[name]]


def added(bursts: Bursts, name: str) -> list[float]:
    """The microseconds that it adds to a request, round by round."""
    pairs = zip(medians(bursts, name), medians(bursts, BASELINE), strict=True)
    return [taken - without for taken, without in pairs]


def ratios(bursts: Bursts, name: str, *, beside: str) -> list[float]:
    """How many times what the other one adds, round by round."""
    pairs = zip(added(bursts, name), added(bursts, beside), strict=True)
    return [ours / theirs for ours, theirs in pairs]


def _title(name: str) -> str:
    return f"**{name}**" if name.startswith(OURS) else name
