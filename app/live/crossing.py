"""Pages on one port, the stream on another: what a machine without nginx needs."""

from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def allow_own_host(app: Starlette) -> None:
    """Let pages of the same host name listen, whatever their port; nobody else."""
    app.add_middleware(_OwnHost)


class _OwnHost:
    """Adds the headers of CORS to answers for our own pages, whatever name we are called by.

    Starlette's own middleware wants to know the origins, or a pattern of them, in advance.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        origin = request.headers.get("origin", "")
        ours = _host(origin) == request.url.hostname

        async def send_with_origin(message: Message) -> None:
            if ours and message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"access-control-allow-origin", origin.encode()),
                    (b"access-control-allow-credentials", b"true"),
                    (b"vary", b"origin"),
                ]
            await send(message)

        await self._app(scope, receive, send_with_origin)


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).hostname
    except ValueError:
        return None
