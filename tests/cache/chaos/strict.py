"""This project's cache, with writers that would rather not commit than owe.

A writer that cannot reach the cache commits and owes (`owe`): readers who can reach it may then be
answered from before, until the debt is paid. Here no answer may, so such a commit is refused.
"""

from collections.abc import Iterable

from app.cache.bracket import BracketedConnection, Debts, connection_class
from tests.cache.floor import BY_ID, Floor

# As a request asks for several answers in one session.
READS_OF_A_SESSION = 8


class Refused(Exception):
    """The cache is away, so this commit was not made."""


class NoDebts(Debts):
    def owe(self, connection: BracketedConnection, tags: Iterable[str]) -> None:
        raise Refused


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
        factory = connection_class(self.store)
        return {"connection_factory": type("Strict", (factory,), {"debts": NoDebts()})}  # type: ignore[arg-type]


def strict(database_url: str, cache_url: str) -> Strict:
    return Strict(database_url, cache_url)
