"""Messages between processes: the landing streams, and the channels that live pages hear."""

from app.streams.announcer import Announcement, Announcer
from app.streams.client import PASSING, connect, connect_async, connect_subscriber
from app.streams.landing import Entry, Landing, LandingFull

__all__ = [
    "PASSING",
    "Announcement",
    "Announcer",
    "Entry",
    "Landing",
    "LandingFull",
    "connect",
    "connect_async",
    "connect_subscriber",
]
