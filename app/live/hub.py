"""One subscription a channel and process, fanned out to everyone who listens here."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import structlog
from redis import asyncio as aio

from app.live.mailbox import Ending, Mailbox
from app.streams import PASSING
from app.streams.announcer import Announcement, Position

log = structlog.get_logger(__name__)

# Kept subscribed, so that the connection is open before the first listener comes.
_ALIVE = "live:alive"
SUBSCRIBE_SECONDS = 1.0
PULSE_SECONDS = 2.0
PULSE_WAIT_SECONDS = 1.0
AGAIN_SECONDS = 0.5
# Turns of the loop in which what lies in the socket is read and passed on: one to read, one to
# wake who listens, and some for good measure.
TURNS = 10


class Away(Exception):
    """The hub hears nothing just now: nobody can be promised to hear what happens."""


class Hub:
    """Listens to the cache for all listeners of this process.

    When the connection is lost, every listener's stream ends: a browser that hears nothing must
    know it. They come back and catch up from what the channels keep.
    """

    def __init__(self, subscriber: aio.Redis, *, ended: str) -> None:
        self._pubsub: Any = subscriber.pubsub()
        self._decoder = msgspec.json.Decoder(Announcement)
        self._listeners: dict[str, set[Mailbox]] = {}
        # By the session that listens; on the channel `ended` are told those that have ended.
        self._of_session: dict[str, set[Mailbox]] = {}
        self._ended = ended
        self._subscribed: dict[str, asyncio.Event] = {}
        # Where each channel is, as far as it was heard here.
        self._heard: dict[str, Position] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._pulse = asyncio.Event()
        self._hears = False

    @property
    def hears(self) -> bool:
        """Whether what is said now would be heard here."""
        return self._hears

    @property
    def listening(self) -> int:
        """How many listen here."""
        return sum(len(mailboxes) for mailboxes in self._listeners.values())

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._hear()), asyncio.create_task(self._feel_pulse())]
        for task in self._tasks:
            task.add_done_callback(_end_the_process)

    def say_goodbye(self) -> None:
        """End every stream, and refuse new ones."""
        self._hears = False
        self._end_all(Ending.BYE)

    async def stop(self) -> None:
        self.say_goodbye()
        pending = set(self._tasks)
        while pending:
            for task in pending:
                task.cancel()  # again, as before Python 3.12 `wait_for` may swallow one
            _, pending = await asyncio.wait(pending, timeout=1)
        # Nobody reads any more, so the end of TLS may be waited for, as `aclose` does not.
        if self._pubsub.connection is not None:
            await self._pubsub.connection.disconnect()
        await self._pubsub.aclose()

    @asynccontextmanager
    async def listen(self, channel: str, *, session: str) -> AsyncIterator[Mailbox]:
        """A mailbox into which everything goes that is said from now on; raises `Away`.

        It is ended when that session is.
        """
        if not self._hears:
            raise Away(channel)
        mailbox = Mailbox()
        self._listeners.setdefault(channel, set()).add(mailbox)
        self._of_session.setdefault(session, set()).add(mailbox)
        try:
            await self._subscribe(channel)
            yield mailbox
        finally:
            _take_out(self._of_session, session, mailbox)
            await self._leave(channel, mailbox)

    async def _subscribe(self, channel: str) -> None:
        confirmed = self._subscribed.get(channel)
        if confirmed is None:
            confirmed = self._subscribed[channel] = asyncio.Event()
            await self._pubsub.subscribe(channel)
        try:
            async with asyncio.timeout(SUBSCRIBE_SECONDS):
                await confirmed.wait()
        except TimeoutError as error:
            if not await _came_meanwhile(confirmed):
                raise Away(channel) from error

    async def _leave(self, channel: str, mailbox: Mailbox) -> None:
        if not _take_out(self._listeners, channel, mailbox):
            return
        self._subscribed.pop(channel, None)
        self._heard.pop(channel, None)
        if self._hears:
            try:
                await self._pubsub.unsubscribe(channel)
            except PASSING as fault:
                log.info("live.not_unsubscribed", channel=channel, fault=type(fault).__name__)

    async def _hear(self) -> None:
        while True:
            try:
                await self._pubsub.subscribe(_ALIVE, self._ended)
                self._hears = True
                while True:
                    message = await self._pubsub.get_message(timeout=None)
                    if message is not None:
                        self._pass_on(message)
            except PASSING as fault:
                await self._lose(fault)

    async def _feel_pulse(self) -> None:
        """A frozen server keeps its connections open and says nothing: only asking tells.

        Asked is the one that is listened to: of a cluster's nodes it may be the only frozen one.
        """
        while True:
            await asyncio.sleep(PULSE_SECONDS)
            if not self._hears:
                continue
            self._pulse.clear()
            try:
                async with asyncio.timeout(PULSE_WAIT_SECONDS):
                    await self._pubsub.ping()
                    await self._pulse.wait()
            except (TimeoutError, *PASSING) as fault:
                if await _came_meanwhile(self._pulse):
                    continue
                self._hears = False
                log.warning("live.no_pulse", fault=type(fault).__name__)
                # Closing under the reader makes it lose, and connect anew, in its own task.
                connection = self._pubsub.connection
                if connection is not None:
                    await connection.disconnect(nowait=True)

    async def _lose(self, fault: Exception) -> None:
        self._hears = False
        log.warning("live.lost", listening=self.listening, fault=type(fault).__name__)
        self._end_all(Ending.LOST)
        self._subscribed.clear()
        self._heard.clear()
        # Without channels to take up again: those who listen come back one by one.
        await self._pubsub.aclose()
        await asyncio.sleep(AGAIN_SECONDS)

    def _pass_on(self, message: dict[str, Any]) -> None:
        if message["type"] == "pong":
            self._pulse.set()
            return
        channel = message["channel"].decode()
        if message["type"] == "subscribe":
            if channel in self._subscribed:
                self._subscribed[channel].set()
        elif channel == self._ended and message["type"] == "message":
            for mailbox in self._of_session.get(message["data"].decode(errors="replace"), ()):
                mailbox.end(Ending.SIGNED_OUT)
        elif message["type"] == "message":
            self._deliver(channel, self._read(message["data"]))

    def _deliver(self, channel: str, heard: tuple[Position, Announcement] | None) -> None:
        mailboxes = self._listeners.get(channel)
        if not mailboxes:
            return
        if heard is None:
            # It cannot be read, so these pages are no longer sure: they read afresh.
            for mailbox in mailboxes:
                mailbox.end(Ending.LOST)
            return
        before, now = self._heard.get(channel), heard[0]
        self._heard[channel] = now
        # A cluster's nodes pass on what is published, and drop it while their link is broken.
        missed = before is not None and before.epoch == now.epoch and now.offset > before.offset + 1
        for mailbox in mailboxes:
            if missed:
                mailbox.overflow()
            mailbox.put(*heard)

    def _read(self, data: bytes) -> tuple[Position, Announcement] | None:
        number, _, words = data.partition(b" ")
        position = Position.parse(number.decode(errors="replace"))
        try:
            return None if position is None else (position, self._decoder.decode(words))
        except (msgspec.DecodeError, UnicodeDecodeError):
            log.warning("live.unreadable", bytes=len(data))
            return None

    def _end_all(self, why: Ending) -> None:
        for mailboxes in self._listeners.values():
            for mailbox in mailboxes:
                mailbox.end(why)


def _take_out(groups: dict[str, set[Mailbox]], name: str, mailbox: Mailbox) -> bool:
    """Take the mailbox out of its group; whether it was the last one there."""
    group = groups.get(name)
    if group is None:
        return False
    group.discard(mailbox)
    if group:
        return False
    del groups[name]
    return True


async def _came_meanwhile(event: asyncio.Event) -> bool:
    """Whether what was waited for had come, to a process too busy with its pages to look."""
    for _ in range(TURNS):
        await asyncio.sleep(0)
    return event.is_set()


def _end_the_process(task: asyncio.Task[None]) -> None:
    """A hub that is deaf by an error of ours must not go on looking well: end, to be restarted."""
    if not task.cancelled() and task.exception() is not None:
        log.error("live.deaf", exc_info=task.exception())
        os.kill(os.getpid(), signal.SIGTERM)
