"""redis-py's connections over TLS, which sign in again before ElastiCache would cut them.

Signing in again keeps the connection: a script and the WAIT that follows it stay together, and what
was subscribed or is tracked stays so. redis-py's own way (`StreamingCredentialProvider`) signs in
from aside: it would take the replies of a thread that uses its connection without redis-py's lock,
and those of a task that listens.
"""

import math
from collections.abc import Iterable
from typing import Any

import structlog
from redis.asyncio.connection import SSLConnection as AsyncSSLConnection
from redis.connection import ConnectionPool, SSLConnection
from redis.exceptions import AuthenticationError, ResponseError

from app.iam.passwords import CacheTokens

log = structlog.get_logger(__name__)

# Nothing to sign with, or the server does not take what was signed: it has answered.
REFUSALS = (AuthenticationError, ResponseError)

Packed = str | bytes | Iterable[bytes]


class SigningConnection(SSLConnection):
    """Signs in again before the next command, when it is time.

    For whoever reads all replies before the next command: between the two nothing else is under
    way, and redis-py sends MULTI and EXEC in one piece. A refusal is noted and tried again: until
    it is cut, the connection is worth what it was.
    """

    credential_provider: CacheTokens
    _due = math.inf

    def on_connect_check_health(self, check_health: bool = True) -> None:  # noqa: FBT001, FBT002 (redis-py's own signature)
        self._due = self.credential_provider.due_at()
        super().on_connect_check_health(check_health=check_health)

    def send_packed_command(self, command: Packed, check_health: bool = True) -> None:  # noqa: FBT001, FBT002 (redis-py's own signature)
        if self.credential_provider.clock() >= self._due and self.is_connected:
            self._sign_in_again()
        super().send_packed_command(command, check_health)  # type: ignore[no-untyped-call]

    def _sign_in_again(self) -> None:
        due = self.credential_provider.due_at()
        # First of all: what is sent below must not come here again.
        self._due = self.credential_provider.retry_at()
        try:
            words = self.credential_provider.get_credentials()
            self.send_command("AUTH", *words, check_health=False)  # type: ignore[no-untyped-call]
            self.read_response(disconnect_on_error=False)
        except REFUSALS as refusal:
            log.warning("iam.not_signed_in_again", refusal=str(refusal))
        except BaseException:
            # Its reply may still come, and would be taken for another's.
            self.disconnect()  # type: ignore[no-untyped-call]
            raise
        else:
            self._due = due


class SigningPool(ConnectionPool):
    """For clusters: their nodes' pools take the class of connections from the URL alone."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 (redis-py's own)
        super().__init__(**(options | {"connection_class": SigningConnection}))


class AsyncSigningConnection(AsyncSSLConnection):
    """The same for asyncio."""

    credential_provider: CacheTokens
    _due = math.inf

    async def on_connect_check_health(self, check_health: bool = True) -> None:  # noqa: FBT001, FBT002 (redis-py's own signature)
        self._due = self.credential_provider.due_at()
        await super().on_connect_check_health(check_health=check_health)

    async def send_packed_command(self, command: Packed, check_health: bool = True) -> None:  # noqa: FBT001, FBT002 (redis-py's own signature)
        if self.credential_provider.clock() >= self._due and self.is_connected:
            await self._sign_in_again()
        await super().send_packed_command(command, check_health)

    async def _sign_in_again(self) -> None:
        due = self.credential_provider.due_at()
        self._due = self.credential_provider.retry_at()
        try:
            words = await self.credential_provider.get_credentials_async()
            await self.send_command("AUTH", *words, check_health=False)
            await self.read_response(disconnect_on_error=False)
        except REFUSALS as refusal:
            log.warning("iam.not_signed_in_again", refusal=str(refusal))
        except BaseException:
            await self.disconnect(nowait=True)
            raise
        else:
            self._due = due
