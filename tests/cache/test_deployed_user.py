"""As the user that the deployed cache lets in: all of the protocol, and nothing of administration.

The processes of tests/processes run as that user too: pages, sessions, landing, drain and live.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from app.config import Config
from app.factory import create_app
from app.parts import build_parts
from lab.engines import USER, Valkey
from lab.shards import Cluster
from tests.access import access_string, narrowed, refused
from tests.cache.floor import ROWS, Floor
from tests.sessions.application import connect
from tests.sessions.application import create_app as create_sessions_app
from tests.sessions.visitor import Visitor

ADMINISTRATION = (
    *("FLUSHALL", "FLUSHDB", "KEYS *", "CONFIG GET *", "CONFIG SET maxmemory 1", "SHUTDOWN"),
    *("MONITOR", "CLIENT LIST", "CLIENT KILL 127.0.0.1:1", "CLIENT PAUSE 9", "DEBUG SLEEP 1"),
    *("SAVE", "BGREWRITEAOF", "REPLICAOF no one", "SLOWLOG GET", "LATENCY RESET", "ACL WHOAMI"),
    *("ACL SETUSER andon +@all", "MODULE LIST", "FUNCTION LOAD x", "FUNCTION FLUSH", "SWAPDB 0 1"),
    *("CLUSTER RESET", "CLUSTER FAILOVER", "CLUSTER FORGET x", "MIGRATE h 1 k 0 1", "SORT k"),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(tmp_path_factory.mktemp("narrow"), access=access_string()).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def cluster_url(cluster: Cluster) -> str:
    """The cluster, as that user."""
    return narrowed(cluster)


@pytest.fixture(params=["one server", "cluster"])
def cache_url(request: pytest.FixtureRequest) -> str:
    if request.param == "cluster":
        return str(request.getfixturevalue("cluster_url"))
    server: Valkey = request.getfixturevalue("server")
    return server.url


@pytest.fixture
def nodes(request: pytest.FixtureRequest, cache_url: str) -> list[Valkey]:
    if "cluster=true" in cache_url:
        return list(request.getfixturevalue("cluster").nodes)
    return [request.getfixturevalue("server")]


def test_answers_are_kept_changed_and_flushed(floor: Floor, nodes: list[Valkey]) -> None:
    written = [floor.write(id_) for id_ in range(ROWS)]
    read = [floor.read(id_) for id_ in range(ROWS)]
    kept = floor.outcome()
    floor.store.flush()
    flushed = floor.outcome()
    floor.warm()

    assert (read, kept, flushed) == (written, "hit", "bypass")
    assert [denied for node in nodes for denied in refused(node)] == []


def test_a_session_begins_and_ends(cache_url: str, nodes: list[Valkey]) -> None:
    with closing(connect(cache_url)) as client:
        app = create_sessions_app(client)
        browser = Visitor(app)
        browser.get("/login?user=ada")
        browser.get("/write?key=note&value=x")
        browser.get("/rotate")
        app.extensions["sessions"].end_all("ada", keep=browser.name)
        browser.get("/logout")

    assert [denied for node in nodes for denied in refused(node)] == []


def test_the_shell_shows_and_flushes_the_cache(config: Config, server: Valkey) -> None:
    parts = build_parts(replace(config, cache_url=server.url))
    shell = create_app(parts.config, parts).test_cli_runner()
    commands = (["stats"], ["watch", "--once"], ["drop", "plant"], ["flush", "--yes"])
    ends = [shell.invoke(args=["cache", *words]).exit_code for words in commands]
    parts.cache.close()
    parts.database.engine.dispose()

    assert ends == [0] * len(commands)
    assert refused(server) == []


@pytest.mark.parametrize("command", ADMINISTRATION)
def test_administration_is_refused(server: Valkey, command: str) -> None:
    with server.client() as administrator:
        answer = administrator.execute_command("ACL", "DRYRUN", USER, *command.split())

    assert b"no permissions" in bytes(answer)
