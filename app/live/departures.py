"""Leaving in time: a server that is told to stop waits for its streams to end."""

import asyncio
import signal
from collections.abc import Callable


def watch_for_end(goodbye: Callable[[], None]) -> None:
    """Call `goodbye` at SIGTERM or SIGINT, beside what the server does with them.

    Granian lets open connections finish before it tells the application to shut down, and an event
    stream never finishes by itself: more than 45 s were measured.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        servers_own = signal.getsignal(number)

        def both(received: int, frame: object, own: object = servers_own) -> None:
            loop.call_soon_threadsafe(goodbye)
            if callable(own):
                own(received, frame)

        signal.signal(number, both)
