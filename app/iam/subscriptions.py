"""A subscription that signs in again while it is listened to."""

import asyncio
from contextlib import suppress
from typing import Any

import structlog
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import TimeoutError as TimedOut

from app.iam.connections import REFUSALS, AsyncSigningConnection

log = structlog.get_logger(__name__)


class SigningSubscriber(AsyncSigningConnection):
    """Signs in again beside the next command, and keeps neither it nor a message waiting.

    With RESP3, as RESP2 takes no AUTH from who has subscribed. The reply comes between two
    messages: whoever listens reads it, and it is kept from them. It wants a listener who says
    something now and then, as one does who makes sure of being heard.
    """

    _granted = 0.0
    _signing: asyncio.Task[None] | None = None

    async def _sign_in_again(self) -> None:
        self._due = self.credential_provider.retry_at()
        self._granted = self.credential_provider.due_at()
        self._signing = asyncio.create_task(self._send_token())

    async def _send_token(self) -> None:
        try:
            words = await self.credential_provider.get_credentials_async()
        except REFUSALS as refusal:
            log.warning("iam.not_signed_in_again", refusal=str(refusal))
            return
        if self.is_connected:
            with suppress(Unreachable, TimedOut):  # whoever listens will find out
                await self.send_command("AUTH", *words, check_health=False)

    async def read_response(self, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 (whatever comes)
        if not named.get("push_request"):
            return await super().read_response(*arguments, **named)
        while True:
            try:
                reply = await super().read_response(*arguments, **named)
            except REFUSALS as refusal:
                log.warning("iam.not_signed_in_again", refusal=str(refusal))
                continue
            if reply != b"OK":  # which nothing else is answered with: a PING is with PONG
                return reply
            self._due = self._granted
