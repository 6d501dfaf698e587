"""Problem documents: what went wrong, for programs (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from flask import Response, request

API = "/api/v1/"


class Problem(Exception):
    """A refusal on its way to a program: a status, a stable code, a sentence, and more facts."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **more: object,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more

    def as_response(self) -> Response:
        body = {
            "type": f"urn:andon:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            **self.more,
        }
        response = Response(
            msgspec.json.encode(body), self.status, content_type="application/problem+json"
        )
        response.headers.update(self.headers)
        return response


def is_api() -> bool:
    """Whether this is an address of the API, where tokens count and requests are counted."""
    return request.path.startswith(API)


def is_for_programs() -> bool:
    """Whether this address is no page, whoever asks for it."""
    return request.path.startswith("/api/") or request.path.endswith(".json")


def wants_problem() -> bool:
    """Whether a program asks: the API, or whoever prefers JSON to a page."""
    if is_for_programs():
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"
