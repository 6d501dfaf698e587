"""Variables read one by one, and what is wrong with them kept to be said together."""

from collections.abc import Mapping
from datetime import timedelta

SHORTEST_SECRET = 32


class ConfigError(Exception):
    """The environment lacks settings, or holds ones that cannot be read."""


class Reading:
    """One look at an environment; `complaints` grows with it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.complaints: list[str] = []

    def complain(self, words: str) -> None:
        self.complaints.append(words)

    def optional(self, name: str) -> str:
        """The value, or nothing."""
        return self._environment.get(name, "")

    def required(self, name: str) -> str:
        value = self.optional(name)
        if not value:
            self.complain(f"{name} is missing")
        return value

    def secret(self, name: str) -> str:
        value = self.required(name)
        if value and len(value) < SHORTEST_SECRET:
            self.complain(f"{name} is shorter than {SHORTEST_SECRET} characters")
        return value

    def optional_secret(self, name: str) -> str | None:
        return self.secret(name) if self.optional(name) else None

    def secrets(self, name: str) -> tuple[str, ...]:
        """Several, by commas."""
        values = tuple(filter(None, self.optional(name).split(",")))
        if any(len(value) < SHORTEST_SECRET for value in values):
            self.complain(f"one of {name} is shorter than {SHORTEST_SECRET} characters")
        return values

    def minutes(self, name: str, *, default: int) -> timedelta:
        return timedelta(minutes=self.number(name, lowest=1, highest=43_200) or default)

    def count(self, name: str, *, default: int) -> int:
        value = self.number(name, lowest=0, highest=1_000_000)
        return default if value is None else value

    def one_of(self, name: str, choices: tuple[str, ...]) -> str:
        value = self.optional(name) or choices[0]
        if value not in choices:
            self.complain(f"{name} is none of {', '.join(choices)}")
        return value

    def number(self, name: str, *, lowest: int, highest: int) -> int | None:
        value = self.optional(name)
        if not value:
            return None
        if not (value.isascii() and value.isdigit()) or not lowest <= int(value) <= highest:
            self.complain(f"{name} is no whole number from {lowest} to {highest}")
            return None
        return int(value)
