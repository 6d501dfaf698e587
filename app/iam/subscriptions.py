"""A subscription that signs in again while it is listened to."""

from typing import Any

import structlog

from app.iam.connections import REFUSALS, AsyncSigningConnection

log = structlog.get_logger(__name__)


class SigningSubscriber(AsyncSigningConnection):
    """Signs in again before the next command, whose reply is not waited for here.

    With RESP3, as RESP2 takes no AUTH from who has subscribed. The reply comes between two
    messages: whoever listens reads it, and it is kept from them. It wants a listener who says
    something now and then, as one does who makes sure of being heard.
    """

    _granted = 0.0

    async def _sign_in_again(self) -> None:
        tokens = self.credential_provider
        self._due, self._granted = tokens.retry_at(), tokens.due_at()
        try:
            words = await tokens.get_credentials_async()
        except REFUSALS as refusal:
            log.warning("iam.not_signed_in_again", refusal=str(refusal))
        else:
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
