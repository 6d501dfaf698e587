"""Messages between processes: the landing streams, and the channels that live pages hear.

The channels are asked for by their module, `announcer`: it needs msgspec, which is compiled, and
the function in `app/ingest` lands without.
"""

from app.streams.client import (
    PASSING,
    AsyncClient,
    Client,
    connect,
    connect_async,
    connect_subscriber,
    is_cluster,
)
from app.streams.landing import AS_SENT, Entry, Landing, LandingFull, Standing

__all__ = [
    "AS_SENT",
    "PASSING",
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
