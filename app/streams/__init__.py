"""Messages between processes: the landing streams, and the channels that live pages hear."""

from app.streams.announcer import Announcement, Announcer
from app.streams.client import (
    PASSING,
    AsyncClient,
    Client,
    connect,
    connect_async,
    connect_subscriber,
    is_cluster,
)
from app.streams.landing import Entry, Landing, LandingFull, Standing

__all__ = [
    "PASSING",
    "Announcement",
    "Announcer",
    "AsyncClient",
    "Client",
    "Entry",
    "Landing",
    "LandingFull",
    "Standing",
    "connect",
    "connect_async",
    "connect_subscriber",
    "is_cluster",
]
