"""What a cookie carries, and what may be known of it elsewhere.

A token is `<key id>.<kind and tag>.<secret>.<mac>`. The mac is checked before the store is asked,
so a forged cookie costs nobody anything. The store knows a session by its **name**, a MAC of the
token: who reads the store can open no session. The **tag** puts all sessions of a user into one
slot of a cluster; it is a stable pseudonym of the user, in the user's own HttpOnly cookie.
"""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from app.sessions import codec

_SHAPE = re.compile(
    r"([A-Za-z0-9_-]{4})\.([ua])([A-Za-z0-9_-]{11})\.[A-Za-z0-9_-]{43}\.([A-Za-z0-9_-]{22})"
)
_MAC_LENGTH = 22
_LENGTH = 4 + 1 + 12 + 1 + 43 + 1 + _MAC_LENGTH
# Tokens a process remembers to be right, half a kB each.
REMEMBERED = 4096
USER, STRANGER = "u", "a"

User = int | str


class Token(NamedTuple):
    """A token whose mac is right: `text` for the cookie alone, `tag` and `digest` for the store."""

    text: str
    kind: str
    tag: str
    digest: str

    @property
    def is_signed_in(self) -> bool:
        """Whether it was minted for a user; the store knows whether it still holds."""
        return self.kind == USER

    @property
    def name(self) -> str:
        """What the session is known by: not secret, and it opens nothing."""
        return f"{self.tag}:{self.digest}"


class _Key:
    """One secret, and the keys for each purpose that are derived from it."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.id = _text(self.derived("id")[:3])
        self.mac = self.derived("mac")
        self.names = self.derived("name")
        self.users = self.derived("user")

    def derived(self, purpose: str) -> bytes:
        return hmac.digest(self._secret, f"sessions/1/{purpose}".encode(), "sha256")


class Keyring:
    """The secrets tokens are made with: the first makes new ones, all are believed.

    To rotate, let all believe the new secret, then put it first; once the old one's sessions have
    ended, withdraw it.
    """

    def __init__(self, newest: str | bytes, retired: Iterable[str | bytes] = ()) -> None:
        every = [each.encode() if isinstance(each, str) else each for each in (newest, *retired)]
        self._keys = {key.id: key for key in map(_Key, every)}
        self._newest = _Key(every[0])
        # Most cookies were here a moment ago; this saves a tenth of what a read costs (measured).
        self._read = lru_cache(REMEMBERED)(self._judged)

    def mint(self, user: User | None = None) -> Token:
        """A new token of 256 random bits, for a user or for a stranger."""
        if user is None:
            return self._minted(STRANGER, _text(secrets.token_bytes(8)))
        return self._minted(USER, _tag(self._newest, user))

    def mint_beside(self, token: Token) -> Token:
        """A new token for the same session, whose keys stay in their slot."""
        return self._minted(token.kind, token.tag)

    def _minted(self, kind: str, tag: str) -> Token:
        claim = f"{self._newest.id}.{kind}{tag}.{secrets.token_urlsafe(32)}"
        return _token(self._newest, kind, tag, f"{claim}.{_mac(self._newest, claim)}")

    def read(self, text: str) -> Token | None:
        """The token, or None where the text is malformed, forged, or of a secret withdrawn."""
        # What is remembered has the length of a token: nobody fills memory with forged ones.
        return self._read(text) if len(text) == _LENGTH else None

    def _judged(self, text: str) -> Token | None:
        shape = _SHAPE.fullmatch(text)
        key = self._keys.get(shape[1]) if shape else None
        if shape is None or key is None:
            return None
        if not hmac.compare_digest(shape[4], _mac(key, text[: -_MAC_LENGTH - 1])):
            return None
        return _token(key, shape[2], shape[3], text)

    def tags(self, user: User) -> Sequence[str]:
        """The tags under which a user's sessions may lie: one for each secret."""
        return [_tag(key, user) for key in self._keys.values()]

    def signature(self, purpose: str, text: str) -> str:
        """A signature of a text for one purpose."""
        return _signature(self._newest, purpose, text)

    def is_signed(self, purpose: str, text: str, signature: str) -> bool:
        """Whether one of the secrets made this signature; takes as long for a wrong one."""
        made = [_signature(key, purpose, text) for key in self._keys.values()]
        given = signature.encode()
        return any([hmac.compare_digest(each.encode(), given) for each in made])  # noqa: C419 (all of them, whichever fits)


def _token(key: _Key, kind: str, tag: str, text: str) -> Token:
    return Token(text, kind, tag, _keyed(key.names, text.encode(), 24))


def _tag(key: _Key, user: User) -> str:
    return _keyed(key.users, codec.encode(user), 8)


def _mac(key: _Key, claim: str) -> str:
    return _keyed(key.mac, claim.encode(), 16)


def _signature(key: _Key, purpose: str, text: str) -> str:
    return _keyed(key.derived(purpose), text.encode(), 24)


def _keyed(key: bytes, text: bytes, size: int) -> str:
    # BLAKE2b with a key is a MAC by itself (RFC 7693), and in a request a fifth of OpenSSL's HMAC.
    return _text(hashlib.blake2b(text, key=key, digest_size=size).digest())


def _text(digest: bytes) -> str:
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
