"""A tiny application over `app.sessions`, with a route for each thing a test wants of a session.

A request with `hold` stops half-way, after it has read and before it writes, until the test lets it
go on; one with `work` takes so many milliseconds there; `after` stops it when all is written and
nothing is answered. Built with `stock=True` the same routes run on flask-session 0.8.0 itself.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs

import flask
import flask_session
from flask import Blueprint, Flask, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from redis import Redis
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.exceptions import ConnectionError as Unreachable
from redis.retry import Retry
from werkzeug.serving import make_server

from app.sessions import csrf
from app.sessions.interface import Session

SECRET = "a secret of the tests, long enough"
TIMEOUT_SECONDS = 0.2
HOLD_SECONDS = 30
DURATIONS = ("SESSION_IDLE", "SESSION_ABSOLUTE", "SESSION_TOUCH_EVERY")
HERE = Path(__file__).parent

pages = Blueprint("pages", __name__)
session = cast("Any", flask.session)


def connect(url: str, **options: Any) -> Any:  # noqa: ANN401 (redis-py's options, and either client)
    """A client that gives up soon; the one of a cluster where the URL says so."""
    address, _, query = url.partition("?")
    options = {
        "socket_timeout": TIMEOUT_SECONDS,
        "socket_connect_timeout": TIMEOUT_SECONDS,
        "retry": Retry(NoBackoff(), 1, supported_errors=(Unreachable,)),
        **options,
    }
    kind: Any = RedisCluster if "cluster=true" in query else Redis
    return kind.from_url(address.replace("valkey://", "redis://"), **options)


def create_app(
    redis: object,
    *,
    stock: bool = False,
    gates: Path = HERE,
    recover: Any = None,  # noqa: ANN401 (whatever a test says)
    **settings: object,
) -> Flask:
    app = Flask("sessions", static_folder=str(HERE / "static"))
    app.config.update(SECRET_KEY=SECRET, SESSION_REDIS=redis, GATES=gates, STOCK=stock)
    app.config.update(settings)
    if stock:
        app.config.update(SESSION_TYPE="redis")
        flask_session.Session(app)
    else:
        Session(app, recover=recover)
        csrf.install_csrf(app)
    app.register_blueprint(pages)
    app.wsgi_app = Afterwards(app.wsgi_app, gates)  # type: ignore[method-assign]
    return app


# Who


@pages.get("/who")
def who() -> ResponseReturnValue:
    found = user()
    pause()
    return jsonify(user=found, name=None if is_stock() else session.name)


@pages.get("/login")
def login() -> ResponseReturnValue:
    if "look" in request.args:
        user()
    pause()
    if is_stock():
        session["user"] = request.args["user"]
        cast("Any", current_app.session_interface).regenerate(session)
    else:
        if "clear" in request.args:
            session.clear()
        session.login(request.args["user"])
    return "signed in"


@pages.get("/logout")
def logout() -> ResponseReturnValue:
    if is_stock():
        session.clear()
    else:
        session.logout()
    return "signed out"


@pages.get("/clear")
def clear() -> ResponseReturnValue:
    session.clear()
    return "cleared"


@pages.get("/rotate")
def rotate() -> ResponseReturnValue:
    user()
    pause()
    session.rotate()
    return "rotated"


# What


@pages.get("/untouched")
def untouched() -> ResponseReturnValue:
    pause()
    return "untouched"


@pages.get("/read")
def read() -> ResponseReturnValue:
    value = session.get(request.args["key"])
    pause()
    return jsonify(value)


@pages.get("/all")
def everything() -> ResponseReturnValue:
    return jsonify(dict(session))


@pages.get("/write")
def write() -> ResponseReturnValue:
    """Without `look`, of a key that was not read; with it, of a session that was."""
    if "look" in request.args:
        session.get("anything")
    pause()
    session[request.args["key"]] = request.args["value"]
    return "written"


@pages.get("/append")
def append() -> ResponseReturnValue:
    items = session.setdefault(request.args["key"], [])
    pause()
    items.append(request.args["item"])
    mark_modified()
    return "appended"


@pages.get("/set-in-dict")
def set_in_dict() -> ResponseReturnValue:
    items = session.setdefault(request.args["key"], {})
    pause()
    items[request.args["name"]] = request.args["value"]
    mark_modified()
    return "set"


@pages.get("/remove")
def remove() -> ResponseReturnValue:
    items = session[request.args["key"]]
    pause()
    items.remove(request.args["item"])
    mark_modified()
    return "removed"


@pages.get("/count")
def count() -> ResponseReturnValue:
    """What should have been `incr`."""
    number = session.get(request.args["key"], 0)
    pause()
    session[request.args["key"]] = number + 1
    return "counted"


@pages.get("/incr")
def incr() -> ResponseReturnValue:
    pause()
    return jsonify(session.incr(request.args["key"]))


@pages.get("/big")
def big() -> ResponseReturnValue:
    """`fields` fields of so many bytes each."""
    for number in range(int(request.args.get("fields", 1))):
        session[f"big-{number}"] = "x" * int(request.args["bytes"])
    return "written"


# CSRF, and what goes wrong


@pages.get("/form")
def form() -> ResponseReturnValue:
    return jsonify(csrf.csrf_token())


@pages.post("/form")
def send_form() -> ResponseReturnValue:
    csrf.check_csrf()
    return "accepted"


@pages.get("/broken")
def broken() -> ResponseReturnValue:
    session["key"] = "value"
    raise RuntimeError(f"broken for {session!r}")


@pages.get("/time")
def tell_time() -> ResponseReturnValue:
    return jsonify([time.time(), datetime.now(UTC).timestamp()])


@pages.get("/overwritten")
def overwritten() -> ResponseReturnValue:
    return jsonify(current_app.extensions["sessions"].overwritten)


def is_stock() -> bool:
    return bool(current_app.config["STOCK"])


def user() -> Any:  # noqa: ANN401 (JSON)
    return session.get("user") if is_stock() else session.user


def mark_modified() -> None:
    if is_stock():
        session.modified = True


# Half-way


def pause() -> None:
    if name := request.args.get("hold"):
        hold(current_app.config["GATES"], name)
    time.sleep(int(request.args.get("work", 0)) / 1000)


def hold(folder: Path, name: str) -> None:
    """Say that this is where the request is, and wait until the test lets it go on."""
    (folder / f"{name}.inside").touch()
    deadline = time.monotonic() + HOLD_SECONDS
    while not (folder / f"{name}.open").exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nobody opened {name}")
        time.sleep(0.0005)


class Afterwards:
    """Holds a request with `after` when the application is done with it."""

    def __init__(self, application: Callable[..., Iterable[bytes]], gates: Path) -> None:
        self._application = application
        self._gates = gates

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 (WSGI's)
        answer = self._application(environ, start_response)
        for name in parse_qs(environ["QUERY_STRING"]).get("after", ()):
            hold(self._gates, name)
        return answer


def serve() -> None:
    """Serve what standard input asks for, until the process is killed."""
    asked = json.load(sys.stdin)
    settings = {
        name: timedelta(seconds=value) if name in DURATIONS else value
        for name, value in asked["settings"].items()
    }
    app = create_app(
        connect(asked["url"]), stock=asked["stock"], gates=Path(asked["gates"]), **settings
    )
    make_server("127.0.0.1", asked["port"], app, threaded=True).serve_forever()


if __name__ == "__main__":
    serve()
