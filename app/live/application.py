"""The ASGI application: who may listen, and to what."""

import gc
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import NamedTuple

import msgspec
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from app import database, sessions, streams
from app.config import Config, ConfigError
from app.domain import board
from app.live.crossing import allow_own_host
from app.live.departures import watch_for_end
from app.live.hub import Away, Hub
from app.live.listener import Listener
from app.live.snapshots import NotThere, Snapshot, Snapshots
from app.live.visitors import Visitors
from app.observability import logs
from app.parts import Access, open_database
from app.streams.announcer import Position

log = structlog.get_logger(__name__)

_SLUG = re.compile(r"[a-z0-9-]{1,40}")
PASSING = (Away, sessions.SessionsAway, *streams.PASSING, *database.PASSING)


class Topic(NamedTuple):
    """What may be listened to, and `who` says who that is: None where it may not be."""

    slug: str
    channel: str
    snapshot: Callable[[], Awaitable[Snapshot]]
    who: Callable[[Request], Awaitable[str | None]]


class Live:
    """The routes, and what they share."""

    def __init__(self, config: Config) -> None:
        self.config = config
        access = Access(config)
        self.redis = streams.connect_async(config.cache_url, access.asyncio)
        # It asks the database itself: what is pushed must be true now, and is read once for all.
        self.database, _ = open_database(config, access, application="live")
        self.snapshots = Snapshots(self.redis, self.database)
        self.visitors = Visitors(config, self.redis, self.database)
        subscriber = streams.connect_subscriber(config.cache_url, access.subscriber)
        self.hub = Hub(subscriber, ended=self.visitors.ended)

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        _collect_seldom()
        self.hub.start()
        watch_for_end(self.hub.say_goodbye)
        yield
        await self.hub.stop()
        await self.redis.aclose()

    async def healthz(self, request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def board(self, request: Request) -> Response:
        plant = request.query_params.get("plant", "")

        async def who(request: Request) -> str | None:
            session = await self.visitors.session_of(request)
            return session or await self.visitors.screen_of(request, plant)

        return await self._answer(
            request,
            Topic(plant, board.board_channel(plant), partial(self.snapshots.of_board, plant), who),
        )

    async def line(self, request: Request) -> Response:
        slug = request.path_params["slug"]
        read = partial(self.snapshots.of_line, slug)
        topic = Topic(slug, board.line_channel(slug), read, self.visitors.session_of)
        return await self._answer(request, topic)

    async def _answer(self, request: Request, topic: Topic) -> Response:
        try:
            who = await topic.who(request)
            if who is None:
                return _problem(401, "unauthorized", "sign in to listen")
            if not _SLUG.fullmatch(topic.slug):
                return _problem(404, "not-found", "there is nothing of that name")
            # Before the headers are gone: an unknown name is a 404, a deaf hub a 503.
            await topic.snapshot()
            if not self.hub.hears:
                raise Away(topic.channel)
        except NotThere:
            return _problem(404, "not-found", "there is nothing of that name")
        except PASSING as fault:
            log.warning("live.refused", fault=type(fault).__name__)
            return _problem(503, "away", "the floor cannot be heard just now")
        return StreamingResponse(
            self._events(request, topic, who),
            media_type="text/event-stream",
            headers={
                "Cache-Control": "no-cache, no-transform",
                # nginx would hold events back to fill its buffer.
                "X-Accel-Buffering": "no",
                "X-Served-By": self.config.instance_id,
            },
        )

    async def _events(self, request: Request, topic: Topic, who: str) -> AsyncIterator[bytes]:
        last = request.headers.get("last-event-id") or request.query_params.get("last-event-id")

        async def still_listens() -> bool:
            return await topic.who(request) is not None

        try:
            async with self.hub.listen(topic.channel, session=who) as mailbox:
                listener = Listener(
                    topic.channel,
                    redis=self.redis,
                    mailbox=mailbox,
                    snapshot=topic.snapshot,
                    still_signed_in=still_listens,
                )
                async for event in listener.events(Position.parse(last) if last else None):
                    yield event
        except (NotThere, *PASSING) as fault:
            # The headers are gone: an end is all that can be said. The page comes back.
            log.warning("live.ended", channel=topic.channel, fault=type(fault).__name__)


def _collect_seldom() -> None:
    """Look for garbage among young objects seldom, and not at all among what is there for good.

    Each page is some hundred objects that stay for hours. At Python's own 700 new ones, a burst to
    2,000 pages was a third dearer, and what it said came up to a second late.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def create_live(config: Config | None = None) -> Starlette:
    """Build the application; `granian --factory app.live:create_live` calls this."""
    try:
        config = config or Config.from_environment(os.environ)
    except ConfigError as error:
        sys.exit(f"andon: {error}")
    logs.configure(as_json=config.in_production)
    live = Live(config)
    app = Starlette(
        routes=[
            Route("/live/healthz", live.healthz),
            Route("/live/board", live.board),
            Route("/live/lines/{slug}", live.line),
        ],
        lifespan=live.lifespan,
    )
    if config.live_port is not None:
        allow_own_host(app)
    return app


def _problem(status: int, code: str, detail: str) -> Response:
    body = {"type": f"urn:andon:problem:{code}", "status": status, "detail": detail}
    response = Response(msgspec.json.encode(body), status, media_type="application/problem+json")
    if status == 503:  # noqa: PLR2004 (HTTP's own number)
        response.headers["Retry-After"] = "2"
    return response
