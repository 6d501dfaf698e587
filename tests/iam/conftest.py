"""A cache behind TLS that lets its user in by the token signed last, and a clock that is set."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import botocore.auth
import pytest
from redis import Redis

from app.iam import CacheTokens, Signer
from app.iam.signing import TOKEN_SECONDS
from lab.engines import Valkey
from lab.shards import Cluster, Shard
from lab.tls import TlsFront

REGION = "eu-central-1"
USER, CACHE = "andon", "plant"
HALF_A_DAY = timedelta(hours=12).total_seconds()


class Clock:
    """Says what it was set to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Amazon:
    """Signs with the real signer at moments of its own, each token after the last has lapsed.

    The servers that it keeps take that one token, as ElastiCache would; `refuses` makes them take
    none.
    """

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 25, 12, 0, 0)  # noqa: DTZ001 (botocore's are without a zone)
        self.signed: list[str] = []
        self.refuses = False
        self._signer = Signer(REGION)
        self._servers: list[Valkey] = []

    def keep(self, *servers: Valkey) -> None:
        self._servers = list(servers)
        self.refuses = False

    def pass_by(self) -> None:
        """Let what was signed before lapse."""
        self.now += timedelta(seconds=TOKEN_SECONDS + 1)

    def token(self) -> str:
        self.pass_by()
        token = self._signer.cache_token(user=USER, cache=CACHE, is_serverless=False)
        self.signed.append(token)
        self.let_in("nobody" if self.refuses else token)
        return token

    def let_in(self, token: str) -> None:
        """Take this token for the user's password from now on, and no other."""
        for server in self._servers:
            with server.client() as admin:
                rules = ("on", "resetpass", f">{token}", "~*", "&*", "+@all")
                admin.execute_command("ACL", "SETUSER", USER, *rules)


class Door:
    """One server behind TLS."""

    def __init__(self, folder: Path, server: Valkey) -> None:
        self.server = server
        self.front = TlsFront(folder, server.port).start()
        self.url = f"valkeys://127.0.0.1:{self.front.port}/0"

    def ids(self) -> set[str]:
        """The connections of the user that are open."""
        return {one["id"] for one in self._asked("client_list") if one["user"] == USER}

    def auths(self) -> int:
        """How often anybody signed in again: HELLO is counted by itself."""
        return int(self._asked("info", "commandstats").get("cmdstat_auth", {}).get("calls", 0))

    def _asked(self, what: str, *words: str) -> Any:  # noqa: ANN401 (whatever it answers)
        with Redis(port=self.server.port, password=self.server.password, protocol=3) as admin:
            return getattr(admin, what)(*words)


@pytest.fixture(scope="module")
def moment() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "a secret of the tests")
        patch.setenv("AWS_SESSION_TOKEN", "a session of the tests")
        yield patch


@pytest.fixture(scope="module")
def amazon(moment: pytest.MonkeyPatch) -> Amazon:
    amazon = Amazon()
    moment.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: amazon.now)
    return amazon


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, moment: pytest.MonkeyPatch) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("door")
    server = Valkey(folder / "valkey").start()
    door = Door(folder / "front", server)
    moment.setenv("SSL_CERT_FILE", str(door.front.ca))
    yield door
    door.front.stop()
    server.stop()


@pytest.fixture
def door(house: Door, amazon: Amazon) -> Door:
    """Nobody is in."""
    with house.server.client() as admin:
        admin.execute_command("ACL", "DELUSER", USER)
        admin.config_resetstat()
    amazon.keep(house.server)
    return house


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(amazon: Amazon, clock: Clock) -> CacheTokens:
    return CacheTokens(USER, amazon.token, clock=clock)


@pytest.fixture(scope="module")
def doors(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory, moment: pytest.MonkeyPatch
) -> Iterator[list[Door]]:
    """A door to each primary, which is what the cluster tells clients to come to."""
    folder = tmp_path_factory.mktemp("doors")
    doors = [Door(folder / str(node.port), node) for node in cluster.nodes[:3]]
    authorities = folder / "all.pem"
    authorities.write_text("".join(door.front.ca.read_text() for door in doors))
    moment.setenv("SSL_CERT_FILE", str(authorities))
    for door in doors:
        _announce(door, cluster.nodes)
    cluster.wait_until(lambda: all(_is_known(node, doors) for node in cluster.nodes))
    yield doors
    for door in doors:
        door.front.stop()


def _announce(door: Door, nodes: list[Shard]) -> None:
    with door.server.client() as admin:
        admin.config_set("cluster-announce-port", door.front.port)


def _is_known(node: Shard, doors: list[Door]) -> bool:
    ports = {port for _, _, (_, port, *_), *_ in node.ask("CLUSTER", "SLOTS")}
    return ports == {door.front.port for door in doors}
