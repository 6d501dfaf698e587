"""The application that every contender is: views that leave a session alone, read it and write."""

import hashlib
from collections.abc import Callable
from itertools import count

from flask import Flask, session

FIELDS = [f"field {number}" for number in range(10)]
FIELD_CHARACTERS = 92
FIELD = FIELDS[0]

SIGN_IN, UNTOUCHED, READ, WRITE, BLIND = "/sign-in", "/untouched", "/read", "/write", "/blind"


def begun() -> dict[str, str]:
    """What a session holds at first, some 1 kB; hexadecimal digits, as a cookie can halve them."""
    half = FIELD_CHARACTERS // 2
    return {name: hashlib.shake_128(name.encode()).hexdigest(half) for name in FIELDS}


def make_application(
    install: Callable[[Flask], None], *, sign_in: Callable[[], None] = lambda: None
) -> Flask:
    """An application with the sessions that `install` gives it."""
    application = Flask(__name__)
    application.secret_key = "benchmark " * 4
    install(application)
    numbers = count(1)

    @application.get(SIGN_IN)
    def begin() -> str:
        sign_in()
        session.update(begun())
        return ""

    @application.get(UNTOUCHED)
    def untouched() -> str:
        return ""

    @application.get(READ)
    def read() -> str:
        return str(session.get(FIELD, ""))

    @application.get(WRITE)
    def write() -> str:
        found = str(session.get(FIELD, FIELD))
        session[FIELD] = found[1:] + found[:1]
        return ""

    @application.get(BLIND)
    def blind() -> str:
        session[FIELD] = f"{next(numbers):0{FIELD_CHARACTERS}}"
        return ""

    return application
