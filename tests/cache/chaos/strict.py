"""This project's cache, with writers that would rather not commit than owe.

A writer that cannot reach the cache commits and owes (`owe`): readers who can reach it may then be
answered from before, until the debt is paid. Here no answer may, so such a commit is refused.
"""

from contextlib import ExitStack
from datetime import timedelta
from typing import Literal

from sqlalchemy import bindparam, select

from app.cache import Policy, Query, bracketed
from tests.cache.floor import BY_ID, Floor, item

READS_OF_A_REQUEST = 8


def _near(near: Literal["validated", "tracked"]) -> Query:
    return Query(
        select(item).where(item.c.id == bindparam("id")),
        name=f"item, {near}",
        policy=Policy(fresh_for=timedelta(minutes=5), near=near),
    )


class Strict(Floor):
    """Each answer is proved by the server; what cannot be closed is not committed."""

    query = BY_ID

    def __init__(self, database_url: str, cache_url: str) -> None:
        super().__init__(database_url, cache_url)
        self._session = self.sessions()
        self._reads = 0
        self._request = ExitStack()

    def bracket(self) -> dict[str, object]:
        return bracketed(self.store, away="refuse")

    def begins(self) -> bool:
        """A request asks for several answers in one session; each is as new as its own read."""
        self._reads += 1
        if self._reads % READS_OF_A_REQUEST == 0:
            self._session.rollback()
        return True

    def read(self, id_: int) -> int:
        (record,) = self.cache.rows(self._session, self.query, id=id_)
        return int(record.n)


class Validated(Strict):
    """Answers are kept decoded in the process, and proved."""

    query = _near("validated")


class Tracked(Strict):
    """Answers are kept decoded in the process, and are as new as the request's beginning."""

    query = _near("tracked")

    def begins(self) -> bool:
        super().begins()
        if self._reads % READS_OF_A_REQUEST:
            return False
        self._request.close()
        self._request.enter_context(self.cache.noting())
        return True
