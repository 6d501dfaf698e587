"""The balancer: whom it lets into service, what it tells them, and how it lets go of them."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import urllib3

from lab import balancer as balancing
from lab.balancer import Balancer
from lab.browser import Browser
from lab.health import Health
from tests.deployment.proxied import Process, listening, need_nginx
from tests.processes.conftest import until


@pytest.fixture
def balancer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Balancer]:
    need_nginx()
    monkeypatch.setattr(balancing, "CHECK_EVERY_SECONDS", 0.05)
    one = Balancer(tmp_path / "balancer", good=2, bad=4, idle_seconds=60)
    one.start()
    one.watch(lambda _: None)
    yield one
    one.stop()


@pytest.fixture
def target() -> Iterator[Process]:
    with listening() as process:
        yield process


@pytest.fixture
def browser(balancer: Balancer) -> Browser:
    return Browser(balancer.port, balancer.ca)


def bring_in(balancer: Balancer, name: str, process: Process) -> None:
    balancer.register(name, process.server_address[1])
    until(partial(balancer.is_in_service, name))


def test_so_many_checks_in_a_row_bring_a_target_in_and_out() -> None:
    health = Health(good_needed=2, bad_needed=3)
    seen = [True, False, True, True, False, False, True, False, False, False, False]

    changed = [health.checked(good) for good in seen]

    assert [number for number, each in enumerate(changed) if each] == [3, 9]


def test_the_target_hears_who_asks_and_that_it_was_by_tls(
    balancer: Balancer, target: Process, browser: Browser
) -> None:
    bring_in(balancer, "i-1", target)
    answer = browser.ask("GET", "/", headers={"X-Forwarded-For": "198.51.100.1"})

    _, headers = next(seen for seen in reversed(target.seen) if seen[0] == "/")
    assert answer.status == 200
    assert headers["X-Forwarded-For"] == "198.51.100.1, 127.0.0.1"
    assert headers["X-Forwarded-Proto"] == "https"
    assert headers["Host"] == "andon.example"


def test_a_target_that_was_taken_out_gets_nothing_new_and_ends_what_it_has(
    balancer: Balancer, target: Process, browser: Browser
) -> None:
    bring_in(balancer, "i-1", target)
    stream = browser.listen("/live/lines/1", None)
    first = stream.read(7)
    with listening() as other:
        bring_in(balancer, "i-2", other)
        balancer.deregister("i-1")
        target.seen.clear()
        statuses = {browser.ask("GET", f"/{number}").status for number in range(5)}
        target.may_end.set()
        rest = stream.read()

        assert (first, rest, statuses) == (b"data: 1", b"", {200})
        assert not [path for path, _ in target.seen if path != "/healthz"]


def test_a_target_that_stops_answering_goes_out_of_service(
    balancer: Balancer, browser: Browser
) -> None:
    with listening() as process:
        bring_in(balancer, "i-1", process)
    until(lambda: not balancer.is_in_service("i-1"))

    assert browser.ask("GET", "/").status == 502


def test_who_does_not_know_the_authority_does_not_ask(balancer: Balancer) -> None:
    with pytest.raises(urllib3.exceptions.SSLError):
        urllib3.request("GET", f"https://127.0.0.1:{balancer.port}/", retries=False)
