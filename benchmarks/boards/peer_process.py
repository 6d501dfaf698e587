"""leaderboard-python in its own environment: a question a line comes in, times or an answer go out.

This file runs beside redis-py 2.10.6, and imports nothing of ours.
"""

import json
import random
import sys
import time
from typing import Any

from leaderboard.competition_ranking_leaderboard import CompetitionRankingLeaderboard


class Peer:
    """The peer's calls for what our steps do, for members picked by chance."""

    def __init__(self, terms: dict[str, Any]) -> None:
        at = {"host": "127.0.0.1", "port": terms["port"], "password": terms["password"]}
        self._read = CompetitionRankingLeaderboard(terms["board"], **at)
        self._written = CompetitionRankingLeaderboard("peer", **at)
        self._terms = terms
        self._chance = random.Random(2)  # noqa: S311 (whom to ask about)
        self.steps = {
            "rank": lambda: self._read.score_and_rank_for(self._member()),
            "page": self._page,
            "around": lambda: self._around(self._member()),
            "top": lambda: self._read.top(terms["top"]),
            "changing": self._change,
        }

    def timed(self, step: str, times: int) -> list[float]:
        """The seconds that each of so many calls took; what it asks with is made beforehand."""
        taken = []
        for _ in range(times):
            began = time.perf_counter()
            self.steps[step]()
            taken.append(time.perf_counter() - began)
        return taken

    def answers(self, member: str) -> dict[str, Any]:
        """What the peer says of a member, and of the best."""
        own = self._read.score_and_rank_for(member)
        return {"own": [own], "around": self._around(member), "top": self._read.top(10)}

    def _page(self) -> object:
        size = self._terms["page"]
        number = self._chance.randint(1, self._terms["members"] // size)
        return self._read.leaders(number, page_size=size)

    def _around(self, member: str) -> object:
        return self._read.around_me(member, page_size=2 * self._terms["beside"] + 1)

    def _change(self) -> None:
        changed = range(self._terms["changed"])
        pairs = [(self._member(), self._chance.randint(0, 300_000)) for _ in changed]
        self._written.rank_members([each for pair in pairs for each in pair])

    def _member(self) -> str:
        return f"{self._chance.randint(1, self._terms['members']):07}"


def main() -> None:
    """The first line has the terms, each one after it a question."""
    peer = Peer(json.loads(sys.stdin.readline()))
    for line in sys.stdin:
        asked = json.loads(line)
        if "member" in asked:
            answer: object = peer.answers(asked["member"])
        else:
            answer = peer.timed(asked["step"], asked["times"])
        print(json.dumps(answer, default=bytes.decode), flush=True)


if __name__ == "__main__":
    main()
