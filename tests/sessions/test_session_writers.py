"""Two requests that write to one session at once: nothing either of them wrote is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.sessions.served import Browser, Served

Two = tuple[Served, Served]
Step = Callable[[Browser, Served], object]

TRIALS = [20, pytest.param(300, marks=[pytest.mark.soak, pytest.mark.timeout(1200)])]

# What was there before; what the slow one does meanwhile, and the fast one; what is there after.
PAIRS: dict[str, tuple[Any, ...]] = {
    "different keys": (
        [],
        ("/write", {"key": "a", "value": "1", "look": 1}),
        ("/write", {"key": "b", "value": "2", "look": 1}),
        {"a": "1", "b": "2"},
    ),
    "a fast writer and a slow reader": (
        [],
        ("/read", {"key": "a"}),
        ("/write", {"key": "b", "value": "2"}),
        {"b": "2"},
    ),
    "a fast writer and one who never looks": (
        [],
        ("/untouched", {}),
        ("/write", {"key": "b", "value": "2"}),
        {"b": "2"},
    ),
    "the same list": (
        [("/append", {"key": "list", "item": "first"})],
        ("/append", {"key": "list", "item": "slow"}),
        ("/append", {"key": "list", "item": "fast"}),
        {"list": ["first", "fast", "slow"]},
    ),
    "a list that is not there yet": (
        [],
        ("/append", {"key": "list", "item": "slow"}),
        ("/append", {"key": "list", "item": "fast"}),
        {"list": ["fast", "slow"]},
    ),
    "equal items for one list": (
        [("/append", {"key": "list", "item": "same"})],
        ("/append", {"key": "list", "item": "same"}),
        ("/append", {"key": "list", "item": "same"}),
        {"list": ["same", "same", "same"]},
    ),
    "one removes, one appends": (
        [("/append", {"key": "list", "item": item}) for item in ("x", "y")],
        ("/remove", {"key": "list", "item": "x"}),
        ("/append", {"key": "list", "item": "z"}),
        {"list": ["y", "z"]},
    ),
    "one appends, one removes": (
        [("/append", {"key": "list", "item": item}) for item in ("x", "y")],
        ("/append", {"key": "list", "item": "z"}),
        ("/remove", {"key": "list", "item": "x"}),
        {"list": ["y", "z"]},
    ),
    "the same dict": (
        [("/set-in-dict", {"key": "dict", "name": "old", "value": "0"})],
        ("/set-in-dict", {"key": "dict", "name": "slow", "value": "1"}),
        ("/set-in-dict", {"key": "dict", "name": "fast", "value": "2"}),
        {"dict": {"old": "0", "slow": "1", "fast": "2"}},
    ),
    "one rotates, one writes": (
        [("/write", {"key": "a", "value": "1"})],
        ("/rotate", {}),
        ("/write", {"key": "b", "value": "2"}),
        {"a": "1", "b": "2"},
    ),
    "one rotates, one counts": (
        [("/incr", {"key": "clicks"})],
        ("/rotate", {}),
        ("/incr", {"key": "clicks"}),
        {"clicks": 2},
    ),
    "a counter": (
        [("/incr", {"key": "clicks"})],
        ("/incr", {"key": "clicks"}),
        ("/incr", {"key": "clicks"}),
        {"clicks": 3},
    ),
}


def lost(two: Two, pair: str, trials: int) -> list[object]:
    """What was there instead, where it was not what it should be."""
    one, other = two
    before, (slow, slowly), (fast, quickly), after = PAIRS[pair]
    wrong: list[object] = []
    for _ in range(trials):
        browser = Browser()
        browser.get(one, "/login", user="ada")
        for path, query in before:
            browser.get(one, path, **query)
        with browser.meanwhile(one, slow, **slowly):
            browser.get(other, fast, **quickly)
        found = browser.json(other, "/all")
        found = {name: value for name, value in found.items() if name in after}
        if found != after:
            wrong.append(found)
    return wrong


@pytest.mark.parametrize("trials", TRIALS)
@pytest.mark.parametrize("pair", PAIRS)
def test_two_writers_lose_nothing(two: Two, pair: str, trials: int) -> None:
    assert lost(two, pair, trials) == []


@pytest.mark.parametrize(
    "pair", ["different keys", "a fast writer and a slow reader", "the same list", "the same dict"]
)
def test_stock_flask_session_loses_updates(two_of_stock: Two, pair: str) -> None:
    """So the harness can see it."""
    assert len(lost(two_of_stock, pair, 5)) == 5


@pytest.mark.parametrize("trials", TRIALS)
@pytest.mark.parametrize("work", [0, 2, 20])
def test_two_writers_by_chance_lose_nothing(two: Two, work: int, trials: int) -> None:
    """Nobody holds them: both at once, with so much work between reading and writing."""
    browser = Browser()
    browser.get(two[0], "/login", user="ada")
    browser.get(two[0], "/append", key="list", item="first")
    with ThreadPoolExecutor(2) as pool:
        for number in range(trials):
            list(
                pool.map(
                    lambda server, number=number: browser.get(
                        server, "/append", key="list", item=f"{number}", work=work
                    ),
                    two,
                )
            )

    assert sorted(browser.json(two[1], "/read", key="list")) == sorted(
        ["first", *(f"{number}" for number in range(trials)), *(f"{n}" for n in range(trials))]
    )


def test_many_writers_at_once_lose_nothing(two: Two) -> None:
    browser = Browser()
    browser.get(two[0], "/login", user="ada")
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(
                lambda number: (
                    browser.get(
                        two[number % 2],
                        "/set-in-dict",
                        key="dict",
                        name=f"{number}",
                        value="x",
                        work=5,
                    ).status
                ),
                range(60),
            )
        )

    assert set(answers) == {200}
    assert set(browser.json(two[1], "/read", key="dict")) == {f"{number}" for number in range(60)}


def test_counters_count_every_one(two: Two) -> None:
    browser = Browser()
    browser.get(two[0], "/login", user="ada")
    with ThreadPoolExecutor(4) as pool:
        counts = [
            answer.json()
            for answer in pool.map(
                lambda number: browser.get(two[number % 2], "/incr", key="clicks"), range(80)
            )
        ]

    assert sorted(counts) == list(range(1, 81))
    assert browser.json(two[0], "/read", key="clicks") == 80


def test_a_number_that_was_read_and_written_is_lost_and_counted_as_such(two: Two) -> None:
    one, other = two
    browser = Browser()
    browser.get(one, "/login", user="ada")
    browser.get(one, "/count", key="clicks")
    before = browser.json(one, "/overwritten")
    for _ in range(10):
        with browser.meanwhile(one, "/count", key="clicks"):
            browser.get(other, "/count", key="clicks")

    assert browser.json(one, "/read", key="clicks") == 11
    assert browser.json(one, "/overwritten") == before + 10


def test_the_first_two_requests_of_a_browser_may_both_begin_a_session(two: Two) -> None:
    """The browser keeps the one whose answer came last, whole."""
    one, other = two
    browser = Browser()
    with browser.meanwhile(one, "/write", key="a", value="1"):
        browser.get(other, "/write", key="b", value="2")

    assert browser.json(other, "/all") == {"a": "1"}
