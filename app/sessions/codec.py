"""How a session's fields are spelled in the store: msgpack each, and nothing else is read."""

from typing import Any

import msgspec
from markupsafe import Markup

# Extensions of ours; -1 is msgpack's own timestamp. One that we do not know is kept as it is: a
# newer version of the application may have written it.
_MARKUP = 1

Undecodable = msgspec.DecodeError
# No value is spelled so: the field was not there.
MISSING = b"\xc1"


def _unknown(value: object) -> object:
    if isinstance(value, Markup):
        return msgspec.msgpack.Ext(_MARKUP, value.encode())
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"a session cannot hold a {type(value).__name__}")


def _extension(code: int, data: memoryview) -> object:
    if code == _MARKUP:
        return Markup(bytes(data).decode())  # noqa: S704 (it was marked when it was stored)
    return msgspec.msgpack.Ext(code, bytes(data))


_encoder = msgspec.msgpack.Encoder(enc_hook=_unknown)
_decoder = msgspec.msgpack.Decoder(ext_hook=_extension)


def encode(value: object) -> bytes:
    """The value's bytes; raises `TypeError` for what msgpack cannot spell."""
    return _encoder.encode(value)


def decode(data: bytes) -> Any:  # noqa: ANN401 (whatever was stored)
    """The value; raises `Undecodable` for bytes that are none of ours."""
    return _decoder.decode(data)
