"""This project's cache, with writers that would rather not commit than owe.

A writer that cannot reach the cache commits and owes (`owe`): readers who can reach it may then be
answered from before, until the debt is paid. Here no answer may, so such a commit is refused.
"""

from app.cache import bracketed
from tests.cache.floor import BY_ID, Floor

# As a request asks for several answers in one session.
READS_OF_A_SESSION = 8


class Strict(Floor):
    """A floor where what cannot be closed is not committed."""

    def __init__(self, database_url: str, cache_url: str) -> None:
        super().__init__(database_url, cache_url)
        self._session = self.sessions()
        self._read = 0

    def read(self, id_: int) -> int:
        self._read += 1
        if self._read % READS_OF_A_SESSION == 0:
            self._session.rollback()
        (record,) = self.cache.rows(self._session, BY_ID, id=id_)
        return int(record.n)

    def bracket(self) -> dict[str, object]:
        return bracketed(self.store, away="refuse")


def strict(database_url: str, cache_url: str) -> Strict:
    return Strict(database_url, cache_url)
