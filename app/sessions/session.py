"""What a view sees as `flask.session`: a mapping that is read when it is looked at."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, Self

import structlog
from flask.sessions import SessionMixin

from app.sessions import codec
from app.sessions.content import Content
from app.sessions.reading import Loaded
from app.sessions.store import Durable, SessionStore, recovered
from app.sessions.tokens import Token, User

log = structlog.get_logger(__name__)


class Importing(Protocol):
    """What another kind of session left for this browser."""

    def fields(self) -> Mapping[str, object]:
        """What it holds; nothing where there is none."""


class LazySession(SessionMixin):
    """One browser's session: nothing is asked before it is looked at, and deltas alone are written.

    Values are what msgpack spells, and changes within lists and dicts are found without a flag.
    Looking raises `SessionsAway` while the store is away. `state` is unread at first; then none,
    live, missing, expired or ended.
    """

    modified = False

    def __init__(
        self,
        store: SessionStore,
        cookie: str | None,
        *,
        recover: Durable | None = None,
        importing: Importing | None = None,
    ) -> None:
        self.store = store
        self.content = Content()
        self.state = "unread" if cookie or importing else "none"
        # The id it moves to when it is written, and those that end then.
        self.moving_to: Token | None = None
        self.over: list[Token] = []
        self.is_kept = False
        self._cookie = cookie
        self._presented: Token | None = None
        self._recover = recover
        self.importing = importing
        self._user: User | None = None

    # Who

    @property
    def user(self) -> User | None:
        """Who signed in, if anybody; `login` alone says so."""
        self.look()
        return self._user

    @property
    def presented(self) -> Token | None:
        """The browser's token, if its mac is right; the store was not asked."""
        if self._cookie is not None:
            self._presented, self._cookie = self.store.keys.read(self._cookie), None
        return self._presented

    @property
    def token(self) -> Token | None:
        """The id under which it is kept, or will be; None where it has none yet."""
        return self.moving_to or self.presented

    @property
    def name(self) -> str | None:
        """What the store knows it by: not secret, and it opens nothing."""
        token = self.token
        return None if token is None else token.name

    @property
    def sid(self) -> str | None:
        """The token itself, by flask-session's name: a secret."""
        token = self.token
        return None if token is None else token.text

    def login(self, user: User) -> None:
        """Become somebody: an empty session under a new id, with nothing of the old one left."""
        self.clear()
        self.moving_to, self._user = self.store.keys.mint(user), user

    def rotate(self) -> None:
        """Move to a new id with all that is in it; the old id is worth nothing then."""
        self.look()
        # One that begins has a new id anyway.
        if self.state == "live" and self.presented is not None:
            self.moving_to = self.store.keys.mint_beside(self.presented)
            self.modified = True

    def logout(self) -> None:
        """End it for good, whatever is in flight; what is written afterwards begins a new one."""
        self.clear()

    def clear(self) -> None:
        """The same as `logout`: with flask-session, too, a session that is emptied is over."""
        if self.presented is not None and self.presented not in self.over:
            self.over.append(self.presented)
        self._cookie, self.content = None, Content()
        self.state = "none"
        self.moving_to = self._presented = self._user = None
        self.modified = True

    # What

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 (whatever was stored)
        if not self.content.has_value(key):
            self.look()
        return self.content.get(key)

    def __setitem__(self, key: str, value: Any) -> None:  # noqa: ANN401 (whatever can be stored)
        if not _is_key(key):
            raise TypeError("a session's keys are texts that do not begin with «!»")
        self.content.put(key, value)
        self.modified = True

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        self.content.remove(key)
        self.modified = True

    def __contains__(self, key: object) -> bool:
        if not isinstance(key, str):
            return False
        if not self.content.has_value(key):
            self.look()
        return self.content.has(key)

    def __iter__(self) -> Iterator[str]:
        self.look()
        return iter(self.content.keys())

    def __len__(self) -> int:
        self.look()
        return len(self.content.keys())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.state}>"

    def copy(self) -> dict[str, Any]:
        """All of it as a plain dict."""
        return dict(self)

    def __or__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return dict(self) | dict(other)

    def __ror__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return dict(other) | dict(self)

    def __ior__(self, other: Mapping[str, Any]) -> Self:
        self.update(other)
        return self

    def incr(self, key: str, by: int = 1) -> int:
        """Count a key up, in the store and at once, whoever else counts; the new count.

        Raises `TypeError` where it is no number.
        """
        token = self.presented
        if token is not None and self.moving_to is None and not self.content.is_assigned(key):
            count = self.store.increase(token, key, by)
            if count is not None:
                self.content.counted(key, count)
                return count
        count = int(self.get(key, 0)) + by
        self[key] = count
        return count

    # The store

    def look(self) -> None:
        """Read it, unless that was done; one round trip."""
        if self.state != "unread":
            return
        token = self.presented
        if token is None:
            self.state = "none"
            self._import()
            return
        loaded = self.store.load(token)
        if loaded.state == "missing" and token.is_signed_in and self._recover is not None:
            loaded = recovered(self.store, token, self._recover)
        self.state = loaded.state
        if loaded.state == "live":
            self._take(loaded)

    def _take(self, loaded: Loaded) -> None:
        try:
            self._user = None if loaded.user is None else codec.decode(loaded.user)
        except codec.Undecodable:
            log.error("sessions.undecodable")  # noqa: TRY400 (a traceback may tell it)
            self.state = "missing"
            return
        self.content.read(loaded.fields)

    def _import(self) -> None:
        for key, value in (self.importing.fields() if self.importing else {}).items():
            self.setdefault(key, value)


def _is_key(key: object) -> bool:
    return isinstance(key, str) and key != "" and not key.startswith("!")
