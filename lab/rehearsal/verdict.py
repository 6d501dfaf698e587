"""What the rehearsal found: what held, and what did not."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Verdict:
    """Everything that was looked at; `is_good` while nothing of it went wrong."""

    held: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        # Nothing looked at is nothing proven.
        return bool(self.held) and not self.wrong

    def hold(self, true: bool, what: str) -> None:  # noqa: FBT001 # it is the question itself
        """Note whether this holds."""
        (self.held if true else self.wrong).append(what)

    def count(self, sent: Iterable[int], stored: Counter[int]) -> None:
        """Hold the readings that were acknowledged against those in the database."""
        numbers = list(sent)
        lost = sum(number not in stored for number in numbers)
        doubled = sum(times > 1 for times in stored.values())
        self.hold(
            bool(numbers) and not lost and not doubled,
            f"{len(numbers):,} readings acknowledged, {lost} lost, {doubled} doubled",
        )

    def __str__(self) -> str:
        found = [*(f"holds  {each}" for each in self.held), *(f"WRONG  {it}" for it in self.wrong)]
        word = "All is as it should be." if self.is_good else f"{len(self.wrong)} things are wrong."
        return "\n".join(["", *found, "", word])
