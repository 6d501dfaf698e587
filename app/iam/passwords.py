"""Tokens where redis-py asks for a password, and missing ones told as its own faults."""

import asyncio
import random
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Protocol

from redis.credentials import CredentialProvider
from redis.exceptions import AuthenticationError

from app.iam.signing import Signer, Unsigned

# ElastiCache cuts a connection twelve hours after it signed in last.
AGAIN_AFTER = timedelta(hours=11)
# Connections that were opened together part: a twentieth of eleven hours is half an hour.
SPREAD = 0.05
# How soon it is tried again when it could not be done; some fifty times before the cut.
SOON = timedelta(minutes=1)

Clock = Callable[[], float]


class CacheUser(Protocol):
    """Whom a cache knows, and the cache, by the name that tokens are for."""

    @property
    def name(self) -> str: ...

    @property
    def cache(self) -> str: ...

    @property
    def is_serverless(self) -> bool: ...


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


def cache_tokens(signer: Signer, user: CacheUser | None) -> CacheTokens | None:
    """The user's tokens; none where nobody signs in with any."""
    if user is None:
        return None
    token = partial(
        signer.cache_token, user=user.name, cache=user.cache, is_serverless=user.is_serverless
    )
    return CacheTokens(user.name, token)
