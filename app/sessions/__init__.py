"""Web sessions in Redis or Valkey: none lost to races or crashes, none stolen.

It stands alone: lift this folder into any Flask application, with flask-session, msgpack's msgspec,
structlog and redis-py beside it, and

    app.config.update(
        SECRET_KEY=…,                      # and SECRET_KEY_FALLBACKS while rotating
        SESSION_REDIS=connect(url),        # one server, a primary with replicas, or a cluster
        SESSION_COOKIE_SECURE=True,
    )
    Session(app)                           # from app.sessions.interface
    install_csrf(app)                      # from app.sessions.csrf, if forms are to be guarded

Then `flask.session` is a mapping as ever, with `login(user)`, `logout()`, `rotate()`, `user`, and
`incr(key)`; `app.extensions["sessions"]` lists and ends a user's. `interface` and `csrf` are
imported by name, and `reader` for asyncio, so that a process without Flask never loads it.
"""

from app.sessions.clients import connect
from app.sessions.outage import PASSING, SessionsAway
from app.sessions.store import Durable, Recovered, Rules, SessionStore, SessionView
from app.sessions.tokens import Keyring, Token, User

__all__ = [
    "PASSING",
    "Durable",
    "Keyring",
    "Recovered",
    "Rules",
    "SessionStore",
    "SessionView",
    "SessionsAway",
    "Token",
    "User",
    "connect",
]
