"""A real nginx with our files under Elastic Beanstalk's own: what reaches the processes."""

import gzip
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3
from werkzeug.middleware.proxy_fix import ProxyFix

from lab.engines import EngineFailed
from lab.nginx import OURS, Nginx
from tests.deployment.proxied import Process, listening, need_nginx, running

BALANCER = "set_real_ip_from 127.0.0.1;"
FAR = {"Cache-Control": "public, max-age=31536000, immutable", "Content-Type": "text/css"}


@pytest.fixture(scope="module", autouse=True)
def program() -> None:
    need_nginx()


@pytest.fixture
def web() -> Iterator[Process]:
    with listening() as process:
        yield process


@pytest.fixture
def live() -> Iterator[Process]:
    with listening() as process:
        yield process


@pytest.fixture
def nginx(tmp_path: Path, web: Process, live: Process) -> Iterator[Nginx]:
    with running(tmp_path, web, live) as one:
        yield one


def get(nginx: Nginx, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
    return urllib3.request("GET", nginx.url(path), headers=headers, timeout=5, retries=False)


def test_the_files_stand_beside_elastic_beanstalks_own(tmp_path: Path) -> None:
    assert "successful" in Nginx(tmp_path / "nginx", web=1, live=2).check()


def test_a_time_out_that_elastic_beanstalk_sets_already_is_refused(tmp_path: Path) -> None:
    ours = shutil.copytree(OURS, tmp_path / "ours")
    with (ours / "conf.d" / "elasticbeanstalk" / "andon.conf").open("a") as file:
        file.write("keepalive_timeout 75s;\n")

    with pytest.raises(EngineFailed, match='"keepalive_timeout" directive is duplicate'):
        Nginx(tmp_path / "nginx", web=1, live=2, ours=ours).check()


def test_requests_share_one_connection_to_the_process(nginx: Nginx, web: Process) -> None:
    for _ in range(20):
        assert get(nginx, "/board.json").status == 200

    assert len(web.connections) == 1


def test_without_our_files_each_request_opens_a_connection(
    tmp_path: Path, web: Process, live: Process
) -> None:
    (tmp_path / "none").mkdir()
    with running(tmp_path, web, live, ours=tmp_path / "none") as nginx:
        for _ in range(5):
            get(nginx, "/board.json")

    assert len(web.connections) == 5


def client_seen(web: Process) -> tuple[str, str]:
    """The client's address and scheme as the application has them behind one trusted proxy."""
    _, headers = web.seen[-1]
    found: list[tuple[str, str]] = []

    def application(environ: dict[str, str], start: object) -> list[bytes]:
        found.append((environ["REMOTE_ADDR"], environ["wsgi.url_scheme"]))
        return []

    environ = {"REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http"} | {
        f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()
    }
    ProxyFix(application)(environ, lambda *_: lambda _: None)
    return found[0]


def test_the_application_sees_the_client_and_not_the_balancer(
    tmp_path: Path, web: Process, live: Process
) -> None:
    with running(tmp_path, web, live, extra=BALANCER) as nginx:
        get(nginx, "/", **{"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"})

    assert client_seen(web) == ("203.0.113.7", "https")


@pytest.mark.parametrize("claimed", ["198.51.100.1", "10.1.2.3", "nonsense"])
@pytest.mark.parametrize("client", ["203.0.113.7", "10.9.9.9"])
def test_what_a_client_claims_to_be_does_not_count(
    tmp_path: Path, web: Process, live: Process, claimed: str, client: str
) -> None:
    with running(tmp_path, web, live, extra=BALANCER) as nginx:
        get(nginx, "/", **{"X-Forwarded-For": f"{claimed}, {client}"})

    assert client_seen(web)[0] == client


def test_who_is_not_the_balancer_is_not_believed(nginx: Nginx, web: Process) -> None:
    get(nginx, "/", **{"X-Forwarded-For": "203.0.113.7"})

    assert client_seen(web)[0] == "127.0.0.1"


def test_a_body_that_the_application_would_refuse_does_not_reach_it(
    nginx: Nginx, web: Process
) -> None:
    largest, larger = (
        urllib3.request("POST", nginx.url("/api/v1/readings"), body=b"x" * size, retries=False)
        for size in (1_048_576, 1_048_577)
    )

    assert (largest.status, larger.status, len(web.seen)) == (200, 413, 1)


def test_an_event_arrives_while_its_stream_goes_on(nginx: Nginx, live: Process) -> None:
    answer = urllib3.request(
        "GET", nginx.url("/live/lines/1"), preload_content=False, timeout=5, retries=False
    )

    assert answer.read(7) == b"data: 1"
    assert not live.may_end.is_set()
    live.may_end.set()
    answer.drain_conn()
    answer.release_conn()


def test_a_static_file_is_fetched_once_and_packed(nginx: Nginx, web: Process) -> None:
    web.answer = FAR

    answers = [
        urllib3.request(
            "GET",
            nginx.url("/static/andon.css?v=1"),
            headers={"Accept-Encoding": "gzip"},
            preload_content=False,
            decode_content=False,
            retries=False,
        )
        for _ in range(3)
    ]

    assert {gzip.decompress(answer.data) for answer in answers} == {b"a" * 2000}
    assert len(web.seen) == 1


def test_a_file_that_the_application_does_not_let_keep_is_not_kept(
    nginx: Nginx, web: Process
) -> None:
    web.answer = {"Cache-Control": "no-cache", "Content-Type": "text/css"}

    for _ in range(2):
        get(nginx, "/static/andon.css?v=of-another-version")

    assert len(web.seen) == 2
