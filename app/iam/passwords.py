"""Tokens where drivers ask for a password, and missing ones told as the drivers' own faults."""

import asyncio
import random
import time
from collections.abc import Callable
from datetime import timedelta

from psycopg2 import OperationalError
from redis.credentials import CredentialProvider
from redis.exceptions import AuthenticationError

from app.iam.signing import Unsigned

# ElastiCache cuts a connection twelve hours after it signed in last.
AGAIN_AFTER = timedelta(hours=11)
# Connections that were opened together part: a twentieth of eleven hours is half an hour.
SPREAD = 0.05
# How soon it is tried again when it could not be done; some fifty times before the cut.
SOON = timedelta(minutes=1)

Clock = Callable[[], float]


class CacheTokens(CredentialProvider):
    """The user and a fresh token for each connection, and when it has to sign in again."""

    def __init__(
        self,
        user: str,
        token: Callable[[], str],
        *,
        again_after: timedelta = AGAIN_AFTER,
        clock: Clock = time.monotonic,
    ) -> None:
        self._user = user
        self._token = token
        self._again_after = again_after
        self.clock = clock

    def get_credentials(self) -> tuple[str, str]:
        """Raises redis-py's `AuthenticationError` where there is nothing to sign with."""
        try:
            return self._user, self._token()
        except Unsigned as fault:
            raise AuthenticationError(str(fault)) from fault

    async def get_credentials_async(self) -> tuple[str, str]:
        """The same; in a thread, as credentials may have to be fetched first."""
        return await asyncio.to_thread(self.get_credentials)

    def due_at(self) -> float:
        """When a connection that signs in now must do it again, by the clock."""
        early = random.uniform(0, SPREAD)  # noqa: S311 (parts crowds, guards nothing)
        return self.clock() + self._again_after.total_seconds() * (1 - early)

    def retry_at(self) -> float:
        """When one that could not sign in now should try again."""
        return self.clock() + SOON.total_seconds()


class DatabaseTokens:
    """Gives a fresh password for each connection to PostgreSQL."""

    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token

    def __call__(self) -> str:
        """Raises psycopg2's `OperationalError` where there is nothing to sign with."""
        try:
            return self._token()
        except Unsigned as fault:
            raise OperationalError(str(fault)) from fault
