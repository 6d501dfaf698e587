"""What every response carries."""

from contextlib import ExitStack

from flask import Flask, Response, g, request

from app.observability import spent
from app.web.handed import parts
from app.web.problems import is_api
from app.web.request_log import request_id


def install(app: Flask) -> None:
    """Add the headers after each request."""
    app.before_request(_note)
    app.after_request(_add)
    app.teardown_request(_forget)


def _note() -> None:
    """Note from here on how the answers of this request come about, and what it waits for."""
    g.noting = ExitStack()
    g.noted = g.noting.enter_context(parts().cache.noting())
    g.spent = g.noting.enter_context(spent.counting())


def _forget(_: BaseException | None) -> None:
    noting = g.pop("noting", None)
    if noting is not None:
        noting.close()


def _add(response: Response) -> Response:
    response.headers["X-Served-By"] = parts().config.instance_id
    response.headers["X-Request-Id"] = request_id()
    if "noted" in g:
        _tell_of_the_cache(response)
    response.headers.setdefault("Content-Security-Policy", _policy())
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if parts().config.in_production:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if g.get("operator") is not None or is_api():
        # It belongs to one person or program: nothing on the way may keep it.
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _tell_of_the_cache(response: Response) -> None:
    """The worst of this request's answers, and what it waited for, in milliseconds."""
    if g.noted.worst is not None:
        response.headers["X-Cache"] = g.noted.worst
    cache, database = g.noted.cache_seconds * 1000, g.spent.seconds * 1000
    response.headers["Server-Timing"] = f"cache;dur={cache:.2f}, db;dur={database:.2f}"


def _policy() -> str:
    """Our own scripts and styles alone; the live process where it has a port of its own."""
    live = live_origin()
    return (
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self'; img-src 'self' data:; connect-src 'self'{' ' + live if live else ''}"
    )


def live_origin() -> str:
    """Where browsers find `/live/`: empty behind nginx, which serves both on one port."""
    port = parts().config.live_port
    if port is None:
        return ""
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    return f"{request.scheme}://{host}:{port}"
