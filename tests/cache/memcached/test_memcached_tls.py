"""Over TLS: the same answers from nodes whose certificates bear the name that was told."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from redis.exceptions import ConnectionError as Unreachable

from app.cache.memcached.membership import ask_endpoint
from app.cache.memcached.node import Node
from app.cache.memcached.tls import Tls
from app.config import Config
from tests.cache.floor import ROWS
from tests.cache.memcached.pool import POLL_SECONDS, Endpoint, MemcachedFloor, Pool, need_memcached

OURS, ANOTHERS = "localhost", "another.example"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """The one authority that this process believes."""
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return authority


def certificate(authority: trustme.CA, name: str, folder: Path) -> Path:
    """A certificate on this name, and not on the number behind it."""
    path = folder / f"{name}.pem"
    authority.issue_cert(name).private_key_and_cert_chain_pem.write_to_path(path)
    return path


def endpoint_of(pool: Pool, authority: trustme.CA, name: str) -> Endpoint:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return Endpoint(pool.nodes, tls=context)


@pytest.fixture(scope="module")
def secure(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    """Two nodes that speak nothing but TLS."""
    need_memcached()
    folder = tmp_path_factory.mktemp("secure")
    pool = Pool(folder, certificate=certificate(authority, OURS, folder))
    pool.start(2)
    yield pool
    pool.stop()


@pytest.fixture
def endpoint(secure: Pool, trusted: trustme.CA) -> Iterator[Endpoint]:
    endpoint = endpoint_of(secure, trusted, OURS)
    yield endpoint
    endpoint.stop()


@pytest.fixture
def floor(config: Config, endpoint: Endpoint) -> Iterator[MemcachedFloor]:
    url = f"memcacheds+discovery://{OURS}:{endpoint.port}?poll={POLL_SECONDS}"
    floor = MemcachedFloor(config.database_url, url)
    floor.lay_out()
    yield floor
    floor.close()


def test_an_answer_is_kept_on_nodes_that_the_endpoint_named(floor: MemcachedFloor) -> None:
    floor.warm()
    first = [floor.read(id_) for id_ in range(ROWS)]
    again = [(floor.read(id_), floor.outcome(id_)) for id_ in range(ROWS)]

    assert again == [(value, "hit") for value in first]


@pytest.mark.usefixtures("trusted")
def test_a_node_is_dialled_by_number_and_believed_by_name(secure: Pool) -> None:
    node = Node(f"{OURS}|127.0.0.1:{secure.nodes[0].port}", Tls())
    node.set("some", b"thing", seconds=9)

    assert node.get(["some"]) == {"some": b"thing"}


@pytest.mark.usefixtures("trusted")
def test_a_node_without_a_name_of_its_own_must_be_who_is_dialled(secure: Pool) -> None:
    node = Node(f"127.0.0.1:{secure.nodes[0].port}", Tls())

    with pytest.raises(Unreachable):
        node.get(["some"])


@pytest.mark.usefixtures("trusted")
def test_a_node_whose_certificate_is_anothers_is_not_believed(secure: Pool) -> None:
    node = Node(f"{ANOTHERS}|127.0.0.1:{secure.nodes[0].port}", Tls())

    with pytest.raises(Unreachable):
        node.get(["some"])


def test_a_node_that_nobody_vouches_for_is_not_believed(
    secure: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    node = Node(f"{OURS}|127.0.0.1:{secure.nodes[0].port}", Tls())

    with pytest.raises(Unreachable):
        node.get(["some"])


def test_an_endpoint_whose_certificate_is_anothers_is_not_believed(
    secure: Pool, trusted: trustme.CA
) -> None:
    endpoint = endpoint_of(secure, trusted, ANOTHERS)
    try:
        with pytest.raises(Unreachable, match="SSLCertVerificationError"):
            ask_endpoint(f"{OURS}:{endpoint.port}", Tls())
    finally:
        endpoint.stop()
