"""The numbers to beat, and whether they are beaten."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.finding import Figure

HEAD = ("what the cache is for", "goal", "of", "measured", "")


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound of one figure: what the cache is used for, and whose number it is."""

    what: str
    says: str
    source: str
    figure: str
    at_most: float | None = None
    at_least: float | None = None

    def row(self, found: Mapping[str, Figure]) -> list[str]:
        figure = found.get(self.figure)
        if figure is None:
            return [self.what, self.says, self.source, "not measured", ""]
        met = (self.at_most is None or figure.value <= self.at_most) and (
            self.at_least is None or figure.value >= self.at_least
        )
        unit = figure.unit.removesuffix("s") if figure.value == 1 else figure.unit
        measured = f"{figure.value:,.4g} {unit}".replace(" %", "%")
        return [self.what, self.says, self.source, measured, "met" if met else "**missed**"]


SESSIONS, QUERIES, WRITES = "sessions", "database caching", "what a write pays"
BOARDS, STREAMS = "leaderboards", "streaming dashboards"
DESIGN, PEER, PROTOTYPE = "the design", "the peer", "the prototype"

GOALS = [
    Goal(SESSIONS, "untouched: no round trip", DESIGN, "untouched, trips", 0),
    Goal(
        SESSIONS,
        "untouched: no dearer than Flask's cookie",
        PEER,
        "untouched : Flask's signed cookie",
        1.0,
    ),
    Goal(SESSIONS, "read: one round trip", DESIGN, "read, trips", 1),
    Goal(
        SESSIONS,
        "read: no dearer than flask-session's",
        PEER,
        "read : flask-session, no refresh",
        1.0,
    ),
    Goal(SESSIONS, "write: two round trips", DESIGN, "write, trips", 2),
    Goal(SESSIONS, "write: 1.1 of flask-session's", DESIGN, "write : flask-session", 1.1),
    Goal(QUERIES, "no stale answer under writes", DESIGN, "stale answers", 0),
    Goal(QUERIES, "a strict hit: 1.5 bare GETs", DESIGN, "strict hit : GET", 1.5),
    Goal(QUERIES, "a validated near hit: 1.2 bare GETs", DESIGN, "validated hit : GET", 1.2),
    Goal(QUERIES, "a tracked near hit: 5 µs", DESIGN, "tracked hit", 5.0),
    Goal(QUERIES, "a strict hit: less than any peer's", PEER, "strict hit : best peer", 1.0),
    Goal(QUERIES, "of 8 that miss at once, one asks", DESIGN, "ran a missed query", 1),
    Goal(QUERIES, "a year's report, cold: 300 ms", DESIGN, "slowest cold report", 300.0),
    Goal(QUERIES, "a year's report, kept: 1 ms", DESIGN, "slowest kept report", 1.0),
    Goal(WRITES, "a commit: 3.2 plain ones", PROTOTYPE, "commit : plain commit", 3.2),
    Goal(BOARDS, "a member's rank: one round trip", DESIGN, "rank, trips", 1),
    Goal(BOARDS, "rank: less than the peer", PEER, "rank : leaderboard", 1.0),
    Goal(BOARDS, "a page: less than the peer", PEER, "page : leaderboard", 1.0),
    Goal(BOARDS, "around me: less than the peer", PEER, "around : leaderboard", 1.0),
    Goal(BOARDS, "the best hundred: less than the peer", PEER, "top : leaderboard", 1.0),
    Goal(BOARDS, "80 bytes a member", DESIGN, "a member takes", 80.5),
    Goal(BOARDS, "a million built anew: 5.9 s", PROTOTYPE, "a million built anew", 5.9),
    Goal(STREAMS, "2,000 pages: all of it delivered", DESIGN, "delivered to 2,000", at_least=100.0),
    Goal(STREAMS, "2,000 pages: p99 below gevent's 143 ms", DESIGN, "p99 of 2,000", 143.0),
]


def rows(found: Mapping[str, Figure]) -> list[list[str]]:
    return [goal.row(found) for goal in GOALS]
