"""Copies of totals: looked at, brought from version to version, and built anew."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import Any

from redis import Redis
from redis.cluster import RedisCluster

from app.leaderboards import scripts
from app.leaderboards.layout import Ranking
from app.leaderboards.places import Asked, Own, Place, Seen, placed

# Beyond it a double, which is what a sorted set has for scores, knows no odd numbers.
HIGHEST_SCORE = 2**53
# As many in one step: it holds up the server for a millisecond or two.
STEP = 1_000
# A builder that is silent for longer is dead; were it only slow, it starts again.
SILENT = timedelta(seconds=5)

Total = tuple[str, int]


class Unrankable(ValueError):
    """A score that a sorted set would round."""


class Leaderboards:
    """Ranks members by totals that are kept elsewhere, each ranking a copy of one version of them.

    Who changes totals counts up the ranking's version in the same transaction, and tells it here
    afterwards, from which version to which: what comes twice, late or from a copy that is behind
    changes nothing. `client` is a redis-py `Redis` or `RedisCluster` that does not decode.
    """

    def __init__(self, client: Redis | RedisCluster, *, silent: timedelta = SILENT) -> None:
        self._client: Any = client
        self._silent_ms = round(silent.total_seconds() * 1000)

    def look(self, ranking: Ranking, asked: Asked) -> Seen | None:
        """What is asked for, in one round trip; None where there is no whole copy."""
        keys = [ranking.members, ranking.mark]
        member = asked.member or ""
        answer = scripts.LOOK(self._client, keys, asked.offset, asked.limit, member, asked.beside)
        return None if answer is None else _seen(asked, answer)

    def apply(
        self,
        ranking: Ranking,
        totals: Sequence[Total],
        *,
        epoch: str,
        since: int,
        version: int,
        at: datetime,
    ) -> int | None:
        """Bring the copy from version `since` to `version`: `totals` are all that changed between.

        Gives the version it is at now: another one where it was not at `since`, and nothing was
        changed. None: there is no copy of this source, and it has to be built. `at` is when the
        totals were read.
        """
        keys = [ranking.members, ranking.mark]
        steps = list(_in_steps(totals)) or [[]]
        reached = None
        for number, step in enumerate(steps, start=1):
            # Totals are absolute: a step without the next ones is done again from `since`.
            to = version if number == len(steps) else since
            answer = scripts.APPLY(self._client, keys, epoch, since, to, at.timestamp(), *step)
            reached = None if answer is None else int(answer)
            if reached != to:
                break
        return reached

    def build(
        self,
        ranking: Ranking,
        totals: Iterable[Total],
        *,
        epoch: str,
        version: int,
        at: datetime,
        until: datetime | None = None,
    ) -> bool:
        """Make the copy anew from all totals of a version; False where another is at it.

        Meanwhile the copy that is there, if any, is shown, and goes on to be changed; afterwards
        it is at `version`, and what changed since is still to be applied.
        """
        token = secrets.token_hex(8)
        keys = [ranking.builder, ranking.draft(token)]
        if not self._client.set(keys[0], token, nx=True, px=self._silent_ms):
            return False
        try:
            count = 0
            for step in _in_steps(totals):
                if not scripts.FILL(self._client, keys, token, self._silent_ms, *step):
                    return False
                count += len(step) // 2
            mark = (count, epoch, version, at.timestamp(), int(until.timestamp()) if until else "")
            all_keys = [ranking.members, ranking.mark, *keys]
            return bool(scripts.FINISH(self._client, all_keys, token, *mark))
        finally:
            scripts.LEAVE(self._client, keys, token)


def _in_steps(totals: Iterable[Total]) -> Iterator[list[str | int]]:
    """Scores and members as ZADD takes them, so many at a time."""
    waiting = iter(totals)
    while step := list(islice(waiting, STEP)):
        members, scores = zip(*step, strict=True)
        if max(scores) > HIGHEST_SCORE or min(scores) < -HIGHEST_SCORE:
            member, score = max(step, key=lambda total: abs(total[1]))
            raise Unrankable(f"{member}: {score} is beyond ±2^53")
        yield list(chain.from_iterable(zip(scores, members, strict=True)))


def _seen(asked: Asked, answer: Sequence[Any]) -> Seen:
    count, version, at, better, page, *own = answer
    return Seen(
        count=count,
        page=placed(_pairs(page), better=better, before=asked.offset),
        own=_own(asked.member or "", own[0]) if own else None,
        version=int(version),
        at=datetime.fromtimestamp(float(at), UTC),
    )


def _own(member: str, answer: Sequence[Any]) -> Own:
    score, better, behind, first, above, around = answer
    places = placed(_pairs(around), better=above, before=first)
    return Own(Place(better + 1, member, int(score)), behind, places)


def _pairs(flat: Sequence[bytes]) -> Iterator[Total]:
    pairs = zip(flat[::2], flat[1::2], strict=True)
    return ((member.decode(), int(score)) for member, score in pairs)
