"""Long lists in parts: a cursor says where the next begins, and a link leads there (RFC 8288)."""

import base64
import binascii
from typing import TypeVar
from urllib.parse import quote, urlencode

import msgspec
from flask import Response, request

from app.web.programs import refuse

Mark = TypeVar("Mark")


def cursor_of(mark: object) -> str:
    """The place as programs hand it back: theirs to keep, and not to look into."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(mark)).decode().rstrip("=")


def mark_of(cursor: str, form: type[Mark]) -> Mark:
    """The place that the cursor names; raises a `Problem` where we made no such thing."""
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars="-_", validate=True)
        return msgspec.msgpack.decode(packed, type=form)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        refuse(cursor="is none of ours: take it from the link to the next part")


def lead_on(response: Response, **but: object) -> Response:
    """Say where the next part is: the same question, but for these parameters."""
    query = request.args.to_dict() | {name: str(value) for name, value in but.items()}
    response.headers["Link"] = f'<{quote(request.path)}?{urlencode(query)}>; rel="next"'
    return response
