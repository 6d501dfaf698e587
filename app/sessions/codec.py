"""How a session is spelled in the store: msgpack, and nothing else is read."""

from typing import Any

import msgspec

KEY_PREFIX = "session:"

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(dict[str, Any])


def encode(data: dict[str, Any]) -> bytes:
    """The session's bytes; raises `TypeError` for what msgpack cannot spell."""
    return _encoder.encode(data)


def decode(data: bytes) -> dict[str, Any] | None:
    """The session, or None where the bytes are no session of ours."""
    try:
        return _decoder.decode(data)
    except msgspec.DecodeError:
        return None


def cookie_name(*, secure: bool) -> str:
    """With TLS a name that browsers accept from this host alone (RFC 6265bis, `__Host-`)."""
    return "__Host-andon" if secure else "andon"
