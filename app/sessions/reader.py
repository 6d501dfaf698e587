"""The same sessions, read from asyncio; no part of this loads Flask."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from app.sessions import codec, scripts
from app.sessions.layout import PREFIX, Layout
from app.sessions.outage import PASSING, SessionsAway
from app.sessions.store import Loaded, Rules, ms
from app.sessions.tokens import Keyring, User


class Seen(NamedTuple):
    """What a cookie leads to: `state` is live, missing, expired or ended.

    A session that is missing may have been lost by the store: whoever keeps sign-ins knows by its
    name. `is_signed_in` says that it once was one.
    """

    state: str
    name: str
    is_signed_in: bool
    user: User | None = None
    fields: Mapping[str, object] = {}


class SessionReader:
    """Reads sessions by their cookies, and writes none; that it looked counts as use."""

    def __init__(
        self,
        client: Any,  # noqa: ANN401 (redis-py's asyncio client, of a server or a cluster)
        keys: Keyring,
        *,
        rules: Rules = Rules(),  # noqa: B008 (immutable)
        prefix: str = PREFIX,
    ) -> None:
        self._client = client
        self._keys = keys
        self._layout = Layout(prefix)
        self._ages = (ms(rules.idle), ms(rules.touch_every))

    @property
    def ended(self) -> str:
        """The channel on which the names of sessions are told that somebody ended."""
        return self._layout.channel

    async def read(self, cookie: str | None) -> Seen | None:
        """The session, or None where the cookie is none of ours. Raises `SessionsAway`."""
        token = self._keys.read(cookie or "")
        if token is None:
            return None
        keys = self._layout.session(token.name), self._layout.epoch(token.tag)
        try:
            reply = await scripts.run_async(self._client, scripts.LOAD, keys, *self._ages)
        except PASSING as fault:
            raise SessionsAway(f"the store does not answer: {type(fault).__name__}") from fault
        loaded = Loaded.of(reply)
        seen = Seen(loaded.state, token.name, token.is_signed_in)
        return seen if loaded.state != "live" else _opened(seen, loaded.fields)


def _opened(seen: Seen, stored: Mapping[str, bytes]) -> Seen:
    try:
        fields = {key: codec.decode(raw) for key, raw in stored.items() if key[:1] != "!"}
        user = codec.decode(stored["!u"]) if "!u" in stored else None
    except codec.Undecodable:
        return seen._replace(state="missing")
    return seen._replace(user=user, fields=fields)
