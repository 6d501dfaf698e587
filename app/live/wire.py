"""Server-sent events as they go over the wire (WHATWG HTML, «Server-sent events»)."""

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from app.streams.announcer import Announcement, Position


def event(name: str, data: bytes, *, position: Position | None = None) -> bytes:
    """One event; with a position the browser returns it as `Last-Event-ID`."""
    number = f"id: {position}\n" if position else ""
    return f"{number}event: {name}\n".encode() + b"data: " + data + b"\n\n"


def changes(said: Iterable[tuple[Position, Announcement]]) -> bytes:
    """Several announcements as one event, under the position of the last."""
    tiles: list[msgspec.Raw] = []
    readings: msgspec.Raw | dict[str, object] = {}
    last = None
    for position, announcement in said:
        last = position if last is None else max(last, position)
        if announcement.event == "readings":
            readings = announcement.facts
        else:
            tiles.append(announcement.facts)
    body = {"server_time": datetime.now(UTC), "tiles": tiles, "readings": readings}
    return event("changes", msgspec.json.encode(body), position=last)


def beat() -> bytes:
    """A sign of life that the browser can see, unlike a comment, with the server's clock."""
    return event("beat", msgspec.json.encode({"server_time": datetime.now(UTC)}))


def signal(name: str) -> bytes:
    """An event that says all by its name."""
    return event(name, b"{}")
