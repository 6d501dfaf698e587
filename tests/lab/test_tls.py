"""A server behind TLS, and who does not believe it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError as Unreachable

from app.streams import connect
from lab.engines import Valkey
from lab.tls import TlsFront


@pytest.fixture
def front(valkey: Valkey, tmp_path: Path) -> Iterator[TlsFront]:
    front = TlsFront(tmp_path / "front", valkey.port).start()
    yield front
    front.stop()


def url(valkey: Valkey, front: TlsFront, *, scheme: str = "valkeys") -> str:
    return f"{scheme}://:{valkey.password}@127.0.0.1:{front.port}/0"


def test_whose_authority_is_known_is_believed(
    valkey: Valkey, front: TlsFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(front.ca))

    with connect(url(valkey, front)) as client:
        assert client.ping()


def test_a_strangers_certificate_is_refused(
    valkey: Valkey, front: TlsFront, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = TlsFront(tmp_path / "other", valkey.port)
    monkeypatch.setenv("SSL_CERT_FILE", str(other.ca))

    with (
        connect(url(valkey, front)) as client,
        pytest.raises(Unreachable, match="certificate verify failed"),
    ):
        client.ping()


def test_a_certificate_of_another_name_is_refused(
    valkey: Valkey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    front = TlsFront(tmp_path / "front", valkey.port, names=["elsewhere.example"]).start()
    monkeypatch.setenv("SSL_CERT_FILE", str(front.ca))

    with (
        connect(url(valkey, front)) as client,
        pytest.raises(Unreachable, match="certificate is not valid for"),
    ):
        client.ping()
    front.stop()


def test_who_speaks_in_plain_is_not_understood(valkey: Valkey, front: TlsFront) -> None:
    with connect(url(valkey, front, scheme="valkey")) as client, pytest.raises(Unreachable):
        client.ping()
