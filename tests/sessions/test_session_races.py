"""Whatever is in flight: a logout holds, and a login is not undone.

The slow request is the last to arrive, by construction; so the counts are of the race, not of luck.
"""

import pytest

from tests.sessions.served import Browser, Served

Two = tuple[Served, Served]

TRIALS = [20, pytest.param(300, marks=[pytest.mark.soak, pytest.mark.timeout(1200)])]
# What a request in flight does, and what it is asked with.
SLOW: dict[str, tuple[str, dict[str, object]]] = {
    "write": ("/write", {"key": "note", "value": "late", "look": 1}),
    "blind write": ("/write", {"key": "note", "value": "late"}),
    "nested write": ("/append", {"key": "notes", "item": "late"}),
    "count": ("/incr", {"key": "clicks"}),
    "rotation": ("/rotate", {}),
    "read": ("/read", {"key": "note"}),
    "untouched": ("/untouched", {}),
}


def signed_in(server: Served, user: str = "ada") -> Browser:
    browser = Browser()
    browser.get(server, "/login", user=user)
    return browser


def alive_after_logout(two: Two, slow: str, trials: int) -> int:
    """How often somebody is still signed in: the browser, or who stole its cookie."""
    one, other = two
    path, query = SLOW[slow]
    alive = 0
    for _ in range(trials):
        browser = signed_in(one)
        thief = browser.copy()
        with browser.meanwhile(one, path, **query):
            browser.get(other, "/logout")
        alive += thief.user(other) is not None or browser.user(other) is not None
    return alive


def signed_out_by_login(two: Two, slow: str, trials: int) -> int:
    """How often the browser is not signed in after its login, or its old cookie still is worth."""
    one, other = two
    path, query = SLOW[slow]
    out = 0
    for _ in range(trials):
        browser = Browser()
        browser.get(one, "/write", key="note", value="before")
        before = browser.copy()
        with browser.meanwhile(one, path, **query):
            browser.get(other, "/login", user="ada")
        out += browser.user(other) != "ada" or before.user(other) is not None
    return out


@pytest.mark.parametrize("trials", TRIALS)
@pytest.mark.parametrize("slow", SLOW)
def test_a_logout_is_not_undone_by_what_is_in_flight(two: Two, slow: str, trials: int) -> None:
    assert alive_after_logout(two, slow, trials) == 0


@pytest.mark.parametrize("trials", TRIALS)
@pytest.mark.parametrize("slow", SLOW)
def test_a_login_is_not_undone_by_what_is_in_flight(two: Two, slow: str, trials: int) -> None:
    assert signed_out_by_login(two, slow, trials) == 0


@pytest.mark.parametrize("slow", SLOW)
def test_a_second_login_is_not_undone_either(two: Two, slow: str) -> None:
    """The browser is somebody already, and becomes somebody else."""
    one, other = two
    path, query = SLOW[slow]
    for _ in range(5):
        browser = signed_in(one)
        with browser.meanwhile(one, path, **query):
            browser.get(other, "/login", user="bob")

        assert browser.user(one) == "bob"
        assert "note" not in browser.json(one, "/all")


@pytest.mark.parametrize("slow", SLOW)
def test_a_rotation_is_not_undone_either(two: Two, slow: str) -> None:
    one, other = two
    path, query = SLOW[slow]
    for _ in range(5):
        browser = signed_in(one)
        before = browser.copy()
        with browser.meanwhile(one, path, **query):
            browser.get(other, "/rotate")

        assert browser.user(one) == "ada"
        assert before.user(one) is None


def test_a_login_that_is_in_flight_while_another_logs_out_is_a_login(two: Two) -> None:
    """The later answer wins in the browser, and in the store nothing of the older one is left."""
    one, other = two
    browser = signed_in(one)
    before = browser.copy()
    with browser.meanwhile(one, "/login", user="bob"):
        browser.get(other, "/logout")

    assert browser.user(other) == "bob"
    assert before.user(other) is None


def test_a_slow_request_that_nothing_overtakes_is_kept(two: Two) -> None:
    """The control: what is dropped above is not dropped by itself."""
    one, other = two
    for path, query in SLOW.values():
        browser = signed_in(one)
        with browser.meanwhile(one, path, **query):
            pass
        stored = browser.json(other, "/all")

        assert browser.user(other) == "ada"
        assert bool(stored) == (path not in ("/rotate", "/read", "/untouched"))


@pytest.mark.parametrize("slow", ["write", "read", "untouched"])
def test_stock_flask_session_loses_these_races(two_of_stock: Two, slow: str) -> None:
    """So the harness can see it: with its default settings each of them is lost."""
    assert alive_after_logout(two_of_stock, slow, 5) == 5
    assert signed_out_by_login(two_of_stock, slow, 5) == 5
