"""Sessions that flask-session left: read once, never by pickle."""

import re
from collections.abc import Mapping
from contextlib import suppress

import msgspec

from app.sessions.outage import SessionsAway
from app.sessions.store import SessionStore

# What flask-session's `secrets.token_urlsafe(32)` makes.
_SID = re.compile(r"[A-Za-z0-9_-]{43}")
_decoders = (
    msgspec.msgpack.Decoder(dict[str, object]),
    msgspec.json.Decoder(dict[str, object]),
)


class LegacySession:
    """One browser's session of before."""

    def __init__(self, store: SessionStore, sid: str) -> None:
        self._store = store
        self._sid = sid
        self.was_read = False

    def fields(self) -> Mapping[str, object]:
        """What it holds, less flask-session's own marks; nothing where it cannot be read."""
        if not _SID.fullmatch(self._sid):
            return {}
        data = self._store.legacy(self._sid)
        self.was_read = data is not None
        for decoder in _decoders if data else ():
            try:
                held = decoder.decode(data or b"")
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            return {key: value for key, value in held.items() if key and key[0] not in "_!"}
        return {}

    def forget(self) -> None:
        """Delete it: it lives on under a new id. Where that fails, its time ends it."""
        with suppress(SessionsAway):
            self._store.forget_legacy(self._sid)
