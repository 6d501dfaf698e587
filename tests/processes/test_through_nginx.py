"""An instance as the load balancer meets it: all through nginx."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab.nginx import Nginx
from tests.deployment.proxied import need_nginx
from tests.processes.conftest import Instance
from tests.processes.streams import HTTP, Stream, cookie


@pytest.fixture(scope="module")
def nginx(shared: Instance, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    need_nginx()
    folder: Path = tmp_path_factory.mktemp("nginx")
    one = Nginx(folder, web=shared.ports["web"], live=shared.ports["live"]).start()
    yield one
    one.stop()


def test_a_page_and_its_files_come_through_nginx(nginx: Nginx) -> None:
    page = HTTP.request("GET", nginx.url("/sign-in"))
    style = page.data.decode().partition('href="/static/andon.css')[2].partition('"')[0]
    files = [HTTP.request("GET", nginx.url(f"/static/andon.css{style}")) for _ in range(2)]

    assert page.status == 200
    assert style.startswith("?v=")
    assert {file.status for file in files} == {200}
    assert {"immutable" in file.headers["Cache-Control"] for file in files} == {True}


def test_a_file_of_another_version_is_not_kept_for_good(nginx: Nginx) -> None:
    file = HTTP.request("GET", nginx.url("/static/andon.css?v=of-another"))

    assert file.status == 200
    assert "immutable" not in file.headers["Cache-Control"]


def test_a_reading_posted_through_nginx_is_heard_through_nginx(
    shared: Instance, nginx: Nginx
) -> None:
    stream = Stream(shared, nginx.url("/live/lines/press"), cookie(shared))
    stream.next("snapshot")
    reading = {"sensor": "press-s1-temperature", "at": datetime.now(UTC).isoformat(), "value": 61.0}
    posted = time.monotonic()
    answer = HTTP.request(
        "POST",
        nginx.url("/api/v1/readings"),
        json={"readings": [reading]},
        headers={"Authorization": f"Bearer {shared.plant.token}"},
    )
    heard = stream.next("changes")

    assert answer.status == 202
    assert heard["event"] == "changes"
    assert time.monotonic() - posted < 10  # a heartbeat comes after 15
    stream.close()
