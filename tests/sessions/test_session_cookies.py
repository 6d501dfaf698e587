"""The cookie: what it says, when it is sent, and whose it is."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, session
from werkzeug.test import TestResponse

from tests.sessions.conftest import MakeApp
from tests.sessions.visitor import Visitor, raw

SECURE = {"SESSION_COOKIE_SECURE": True}


@pytest.fixture
def secure(make_app: MakeApp) -> Flask:
    return make_app(**SECURE)


def visit(app: Flask) -> Visitor:
    return Visitor(app, https=True, cookie="__Host-session")


def parts(answer: TestResponse) -> tuple[str, set[str]]:
    """The cookie's value, and its attributes in lower case."""
    (header,) = answer.headers.getlist("Set-Cookie")
    pair, *attributes = header.split("; ")
    return pair, {attribute.lower() for attribute in attributes}


def test_the_cookie_is_for_this_host_over_tls_and_for_no_script(secure: Flask) -> None:
    browser = visit(secure)
    for path in ("/login?user=ada", "/rotate", "/login?user=bob"):
        answer = browser.get(path)
        pair, attributes = parts(answer)

        assert pair == f"__Host-session={browser.token}"
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= attributes
        assert not any(attribute.startswith("domain") for attribute in attributes)
        assert len(answer.headers["Set-Cookie"]) < 4096
        assert answer.headers["Cache-Control"] == "no-store"
    assert browser.user == "bob"


def test_the_deletion_is_such_that_browsers_obey(secure: Flask) -> None:
    """Of a `__Host-` name they take none that lacks Secure or the path."""
    browser = visit(secure)
    browser.get("/login?user=ada")
    answer = browser.get("/logout")
    pair, attributes = parts(answer)

    assert pair == "__Host-session="
    assert {"secure", "httponly", "samesite=lax", "path=/", "max-age=0"} <= attributes
    assert not any(attribute.startswith("domain") for attribute in attributes)
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_settings_of_the_cookie_are_honoured_in_both(make_app: MakeApp) -> None:
    app = make_app(
        **SECURE,
        SESSION_COOKIE_NAME="mine",
        SESSION_COOKIE_DOMAIN="localhost",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_PARTITIONED=True,
    )
    browser = Visitor(app, https=True, cookie="mine")
    begun, over = (parts(browser.get(path)) for path in ("/login?user=ada", "/logout"))

    for pair, attributes in (begun, over):
        assert pair.startswith("mine=")
        assert {"secure", "partitioned", "samesite=strict", "domain=localhost"} <= attributes


def test_nothing_sets_the_cookie_but_a_new_id(secure: Flask) -> None:
    browser = visit(secure)
    browser.get("/login?user=ada")
    quiet = (
        *("/untouched", "/no-such-page", "/static/plain.txt", "/who", "/all", "/broken"),
        *("/write?key=note&value=x", "/append?key=list&item=x", "/incr?key=clicks"),
    )
    for path in quiet:
        answer = browser.get(path, buffered=True)

        assert "Set-Cookie" not in answer.headers, path
    assert browser.user == "ada"


def test_a_cookie_that_leads_nowhere_is_neither_deleted_nor_replaced_by_a_look(
    secure: Flask,
) -> None:
    browser, ended = visit(secure), visit(secure)
    browser.get("/login?user=ada")
    ended.carry(browser.token)
    browser.get("/logout")
    unknown = secure.extensions["sessions"].keys.mint("ada").text
    for token in (ended.token, unknown, "nonsense"):
        ended.carry(token)
        for path in ("/who", "/all", "/untouched", "/read?key=note", "/no-such-page"):
            assert "Set-Cookie" not in ended.get(path).headers, path
        assert ended.token == token


def test_a_cookie_tossed_from_a_subdomain_is_not_looked_at(secure: Flask) -> None:
    """A subdomain can set `session` for the whole domain, but no `__Host-` name."""
    victim, attacker = visit(secure), visit(secure)
    victim.get("/login?user=ada")
    attacker.get("/login?user=mallory")
    ours, theirs = f"__Host-session={victim.token}", f"session={attacker.token}"
    for header in (f"{ours}; {theirs}", f"{theirs}; {ours}"):
        assert raw(secure, header).json == {"user": "ada", "name": victim.name}
    assert (raw(secure, theirs).json or {})["user"] is None
    assert attacker.user == "mallory"


def test_of_two_cookies_of_one_name_a_forged_one_gives_nobody_anything(app: Flask) -> None:
    """Without TLS names can be tossed: the worst is that one is signed out."""
    victim = Visitor(app)
    victim.get("/login?user=ada")
    ours = f"session={victim.token}"
    for forged in ("session=x", "session=", f"session={victim.token[:-1]}"):
        seen = [(raw(app, header).json or {})["user"] for header in (f"{ours}; {forged}", ours)]

        assert seen == ["ada", "ada"]
        assert (raw(app, f"{forged}; {ours}").json or {})["user"] in ("ada", None)


@pytest.mark.parametrize(
    "how",
    ["in", "len", "iter", "get", "getitem", "bool", "user", "keys", "pop", "eq", "or", "copy"],
)
def test_whoever_looks_says_that_the_answer_varies(app: Flask, how: str) -> None:
    looks: dict[str, Callable[[Any], object]] = {
        "in": lambda it: "note" in it,
        "len": len,
        "iter": list,
        "get": lambda it: it.get("note"),
        "getitem": lambda it: it["note"] if "note" in it else None,  # noqa: SIM401 (the point)
        "bool": bool,
        "user": lambda it: it.user,
        "keys": lambda it: list(it.keys()),
        "pop": lambda it: it.pop("note", None),
        "eq": lambda it: it == {},
        "or": lambda it: it | {},
        "copy": lambda it: it.copy(),
    }
    app.add_url_rule("/look", view_func=lambda: f"{looks[how](session)}")
    signed_in, stranger = Visitor(app), Visitor(app)
    signed_in.get("/login?user=ada")
    signed_in.get("/write?key=note&value=x")

    for browser in (signed_in, stranger):
        answer = browser.get("/look")

        assert answer.status_code == 200
        assert "Cookie" in answer.headers["Vary"]
        assert "Vary" not in browser.get("/untouched").headers


def test_a_write_says_so_too(app: Flask) -> None:
    browser = Visitor(app)
    for path in ("/write?key=note&value=x", "/login?user=ada", "/rotate", "/logout"):
        assert "Cookie" in browser.get(path).headers["Vary"], path


def test_how_long_the_browser_keeps_it(make_app: MakeApp) -> None:
    """As long as the session may last; or until it is closed, if so set."""
    lasting = Visitor(make_app(SESSION_PERMANENT=True)).get("/login?user=ada")
    closing = Visitor(make_app(SESSION_PERMANENT=False)).get("/login?user=ada")

    assert "max-age=43200" in parts(lasting)[1]
    assert not any(attribute.startswith(("max-age", "expires")) for attribute in parts(closing)[1])
