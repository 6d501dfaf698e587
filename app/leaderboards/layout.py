"""Where a ranking lies: all keys of one board in one slot of a cluster."""

from typing import NamedTuple


class Ranking(NamedTuple):
    """A board in one window of time."""

    board: str
    window: str

    @property
    def members(self) -> str:
        """The sorted set."""
        return f"ranking:{{{self.board}}}:{self.window}"

    @property
    def mark(self) -> str:
        """Which version of which source the sorted set is a copy of."""
        return f"{self.members}:mark"

    @property
    def builder(self) -> str:
        """Who is building the copy anew."""
        return f"{self.members}:builder"

    def draft(self, token: str) -> str:
        """The copy that this builder has not finished."""
        return f"{self.members}:draft:{token}"
