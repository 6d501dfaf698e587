"""Our steps, the bare commands of each, and how the peer's answers compare with ours."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from app.domain import leaderboards
from app.leaderboards import Asked, Leaderboards, Place
from app.parts import Parts
from app.streams import connect
from benchmarks.boards.million import EVER, RANKING
from benchmarks.boards.peer import Peer
from benchmarks.querycache.contender import timed
from lab.engines import EngineFailed

PAGE, TOP, BESIDE, CHANGED = 25, 100, 5, 100
MEANS = {
    "rank": "a member's place among ties and its score; ours gives the percentile too. Bare: "
    "ZREVRANK. The peer: `score_and_rank_for`.",
    "page": f"{PAGE} members anywhere, with places; ours counts all members too. Bare: ZREVRANGE "
    "with scores. The peer: `leaders`.",
    "around": f"a member and {BESIDE} on either side, with places. Bare: ZREVRANK, then ZREVRANGE. "
    "The peer: `around_me`.",
    "top": f"the best {TOP}, with places. Bare: ZREVRANGE with scores. The peer: `top`.",
    "changing": f"{CHANGED} totals; ours from a version to the next (`apply`). Bare: ZADD. The "
    "peer: `rank_members`.",
}

Ways = dict[str, Callable[[], object]]


class Steps:
    """What is done to the board, for members picked by chance."""

    def __init__(self, parts: Parts, members: int) -> None:
        self._parts = parts
        self._members = members
        self._redis: Any = parts.redis
        self._boards: Leaderboards = parts.leaderboards
        self._chance = random.Random(1)  # noqa: S311 (whom to ask about)
        # A database of the same server in which there is no copy.
        self._absent = Leaderboards(connect(parts.config.cache_url.removesuffix("0") + "1"))
        self._version = 1
        with parts.database.engine.connect() as connection:
            self._epoch = str(connection.exec_driver_sql("SELECT epoch FROM leaderboard").scalar())

    def ours(self) -> Ways:
        return {
            "rank": lambda: self._look(Asked(0, 0, self._member())),
            "page": lambda: self._look(Asked(PAGE, self._offset())),
            "around": self.around,
            "top": lambda: self._look(Asked(TOP, 0)),
            "changing": self._change,
        }

    def bare(self) -> Ways:
        return {
            "rank": lambda: self._redis.zrevrank(RANKING.members, self._member()),
            "page": lambda: self._stretch(self._offset(), PAGE),
            "around": self._bare_around,
            "top": lambda: self._stretch(0, TOP),
            "changing": lambda: self._redis.zadd("bare", dict(self._changes())),
        }

    def around(self) -> None:
        self._look(Asked(0, 0, self._member(), BESIDE))

    def by_database(self) -> None:
        """Around a member from PostgreSQL, as while there is no copy."""
        with self._parts.database.transaction() as session:
            leaderboards.standing(
                *(session, self._absent),
                plant_id=1,
                board="operators",
                window=EVER,
                asked=Asked(0, 0, self._member(), BESIDE),
                now=datetime.now(UTC),
            )

    def agree(self, peer: Peer) -> None:
        """Refuse to time answers that are not the same."""
        for _ in range(20):
            member = self._member()
            seen = self._boards.look(RANKING, Asked(10, 0, member, BESIDE))
            if seen is None or seen.own is None:
                raise EngineFailed("there is no copy of the board")
            ours = {"own": [seen.own.place], "top": seen.page}
            # Near the ends the peer moves its window, and ours ends there.
            if len(seen.own.around) == 2 * BESIDE + 1:
                ours["around"] = seen.own.around
            said = peer.answers(member)
            theirs = {name: [_place(each) for each in said[name]] for name in ours}
            if ours != theirs:
                raise EngineFailed(f"of {member} the peer says {theirs}, and we {ours}")

    def _member(self) -> str:
        return f"{self._chance.randint(1, self._members):07}"

    def _offset(self) -> int:
        return PAGE * self._chance.randint(0, self._members // PAGE - 1)

    def _look(self, asked: Asked) -> None:
        if self._boards.look(RANKING, asked) is None:
            raise EngineFailed("there is no copy of the board")

    def _stretch(self, first: int, count: int) -> Any:  # noqa: ANN401 (redis-py's)
        return self._redis.zrevrange(RANKING.members, first, first + count - 1, withscores=True)

    def _bare_around(self) -> None:
        position = self._redis.zrevrank(RANKING.members, self._member())
        self._stretch(max(0, position - BESIDE), 2 * BESIDE + 1)

    def _changes(self) -> Iterator[tuple[str, int]]:
        return ((self._member(), self._chance.randint(0, 300_000)) for _ in range(CHANGED))

    def _change(self) -> None:
        terms = {"epoch": self._epoch, "since": self._version, "version": self._version + 1}
        now = datetime.now(UTC)
        self._version = self._boards.apply(RANKING, list(self._changes()), **terms, at=now) or 0  # type: ignore[arg-type]


def burst(way: Callable[[], object], times: int) -> list[float]:
    """Another was here before: the first call fetches the memory, and is not counted."""
    return timed(way, times + 1)[1:]


def _place(said: dict[str, Any]) -> Place:
    return Place(said["rank"], said["member"], int(said["score"]))
