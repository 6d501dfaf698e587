"""With what the load is let in: names, one password, gateways' tokens; by the environment alone."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

# As the seed makes them.
SEEDED = "supervisor:supervisor,operator:operator,viewer:viewer"
ROLES = ("supervisor", "operator", "viewer")
NAMES = ("ANDON_LOAD_ACCOUNTS", "ANDON_LOAD_PASSWORD", "ANDON_LOAD_TOKENS")
# Of more sign-ins of one person than this the application ends the oldest.
SIGN_INS = 10


class NoEntry(Exception):
    """The environment does not say with what the load is let in."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Accounts by role, the password of them all, and tokens of gateways."""

    accounts: dict[str, list[str]]
    password: str
    tokens: list[str]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read it, or raise `NoEntry` and name what is missing."""
        missing = [name for name in NAMES[1:] if not environment.get(name)]
        if missing:
            raise NoEntry(f"{' and '.join(missing)} must be set")
        accounts: dict[str, list[str]] = {role: [] for role in ROLES}
        for each in (environment.get(NAMES[0]) or SEEDED).split(","):
            role, colon, name = each.strip().partition(":")
            if role not in ROLES or not colon or not name:
                raise NoEntry(f"{NAMES[0]} is role:name,…, with {', '.join(ROLES)} as roles")
            accounts[role].append(name)
        lacking = [role for role in ROLES if not accounts[role]]
        if lacking:
            raise NoEntry(f"{NAMES[0]} has no {' and no '.join(lacking)}")
        return cls(accounts, environment[NAMES[1]], environment[NAMES[2]].split(","))

    def in_environment(self) -> dict[str, str]:
        """The same, for the processes that are started."""
        accounts = ",".join(f"{role}:{name}" for role, of in self.accounts.items() for name in of)
        return dict(zip(NAMES, (accounts, self.password, ",".join(self.tokens)), strict=True))
