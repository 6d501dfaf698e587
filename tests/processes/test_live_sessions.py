"""A stream is its session's: it ends when that does."""

import threading
import time

from app.live.listener import HEARTBEAT_SECONDS
from app.parts import session_keys
from app.sessions import SessionStore
from tests.processes.conftest import Instance
from tests.processes.streams import HTTP, Stream, cookie, hung_up  # noqa: F401 (a fixture)


def end_session(instance: Instance, cookie: str) -> None:
    """End a session as a sign-out on some other instance would."""
    keys = session_keys(instance.parts.config)
    token = keys.read(cookie.partition("=")[2])
    assert token is not None
    SessionStore(instance.parts.session_client, keys).end([token.name])


def test_a_busy_stream_ends_with_its_session(instance: Instance) -> None:
    instance.start("web", "live")
    who = cookie(instance)
    stream = Stream(instance, "/live/board?plant=north", who)
    stream.next("snapshot")
    end_session(instance, who)
    stopping = threading.Event()

    def chatter() -> None:
        while not stopping.wait(0.5):
            instance.parts.announcer.announce("board:north", "tile", "press", {"line": "press"})

    talking = threading.Thread(target=chatter)
    talking.start()
    heard = stream.next("signed-out")
    stopping.set()
    talking.join()

    assert heard["data"] == {}


def test_a_quiet_stream_ends_as_soon_as_its_session_does(instance: Instance) -> None:
    instance.start("web", "live")
    instance.parts.announcer.announce("board:north", "tile", "press", {"line": "press"})
    who, other = cookie(instance), cookie(instance)
    ended = Stream(instance, "/live/board?plant=north", who)
    stays = Stream(instance, "/live/board?plant=north", other)
    ended.next("snapshot")
    stays.next("snapshot")
    began = time.monotonic()
    end_session(instance, who)
    ended.next("signed-out")
    seconds = time.monotonic() - began
    instance.parts.announcer.announce("board:north", "tile", "press", {"line": "press"})

    assert seconds < HEARTBEAT_SECONDS / 2, "it was told, and did not wait for its next look"
    assert stays.next("changes")
