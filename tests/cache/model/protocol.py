"""The protocol as a list of what it does, each of which can be left out by name."""

from dataclasses import dataclass, replace
from typing import Literal, Self

from tests.cache.model.state import Floor, Writers

Part = Literal[
    "close before commit",  # the tag is closed before the database's COMMIT, not only renewed after
    "registration",  # a closed tag opens when the last of its writers has finished
    "strict finish",  # whoever finds its own registration gone does not open the tag
    "resolver",  # somebody finishes in the stead of a writer that stopped
    "resolver asks",  # ... once PostgreSQL says its transaction has ended, not after some time
    "epoch",  # entries say whose data they are
    "identity",  # a server met for the first time gets a new epoch
    "quarantine",  # a new epoch is closed until the transactions in flight have ended
    "missing is a miss",  # a tag that is not there proves nothing
    "minted closed",  # a missing tag is minted closed while writers may be at work on it
    "touch what exists",  # row 15: a writer never creates a tag
    "tokens first",  # the tokens are read before the query's snapshot
    "fill if open",  # nothing is stored under a closed token
    "serve if open",  # nothing is served under a closed token
    "unique tokens",  # a token is never made twice
    "young snapshot",  # rows of a snapshot older than the tokens are not stored
    "payment renews",  # a debt is struck off once the tag has a new token, not just read
    "bypass",  # a transaction that has written neither reads the cache nor fills it
]
Policy = Literal["refuse", "owe", "fence"]


@dataclass(frozen=True, slots=True)
class Protocol:
    """One row of the research's table, less what was taken out of it."""

    row: int
    one_key: bool = False  # token and registrations in one value, for servers that evict any key
    split_reads: bool = False  # entry and tag are read at two moments: a cluster
    repeatable_read: bool = False  # readers use one snapshot for the whole transaction
    unreachable: Policy = "refuse"  # what a writer does that cannot close its tags
    left_out: frozenset[Part] = frozenset()

    def without(self, *parts: Part) -> Self:
        """The same protocol, less these parts."""
        return replace(self, left_out=self.left_out | frozenset(parts))

    def has(self, part: Part) -> bool:
        return part not in self.left_out


ROW_12 = Protocol(12)
ROW_15 = Protocol(15, one_key=True)
ROW_16 = Protocol(16, one_key=True, split_reads=True)


def broken_rule(rows: Writers, floor: Floor, *, now: Writers, forgiving: bool) -> str:
    """The rule broken by a read that began at `floor` and answers `rows` from the cache, or "".

    S1 is the weaker promise to readers, so breaking it is worse: a commit had already returned.
    Whoever forgives debts asks only for what nobody owed when the read began.
    """
    known = rows | floor.owed if forgiving else rows
    if not rows <= now:
        return "dirty"
    if not floor.returned <= known:
        return "S1"
    return "" if floor.visible <= known else "S2"
