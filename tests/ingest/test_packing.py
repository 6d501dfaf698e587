"""The zip runs by itself, on any Python that Lambda has."""

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest

from app.commands.function.packing import packed
from app.config import Config
from app.streams import Landing
from lab.engines import Valkey
from lab.tls import TlsFront
from tests.builders import Plant
from tests.ingest.conftest import Ask, Drain, event, readings

Call = Callable[..., subprocess.CompletedProcess[str]]

# Stands for Lambda: loads the handler that the template names, and calls it once.
LAMBDA = """
import json, sys
sys.path[:0] = sys.argv[1:]
import index
print(json.dumps(index.handler(json.load(sys.stdin), None)))
"""


@pytest.fixture(scope="module")
def package() -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(packed()))


@pytest.fixture(scope="module")
def unpacked(package: zipfile.ZipFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("function")
    package.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def lent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Lambda's Python has of its own, as far as we use it."""
    folder = tmp_path_factory.mktemp("lambda")
    for name in ("botocore", "dateutil", "jmespath", "urllib3"):
        (folder / name).symlink_to(Path(str(find_spec(name).origin)).parent)  # type: ignore[union-attr]
    (folder / "six.py").symlink_to(str(find_spec("six").origin))  # type: ignore[union-attr]
    return folder


@pytest.fixture
def call(unpacked: Path, lent: Path) -> Call:
    return partial(called, [str(unpacked), str(lent)])


def called(folders: list[str], words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The zip in a Python that has nothing else installed."""
    return subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", LAMBDA, *folders],
        input=words,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_zip_lands_by_itself_what_the_drain_then_stores(
    call: Call, config: Config, plant: Plant, drain: Drain, ask: Ask
) -> None:
    ran = call(json.dumps(event(readings(), "gossip")), CACHE_URL=config.cache_url)
    drain()

    assert ran.stderr == ""
    *logged, answer = map(json.loads, ran.stdout.splitlines())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert [line["event"] for line in logged] == ["ingest.malformed", "ingest.landed"]
    assert ask("SELECT count(*) FROM reading") == [(2,)]


def test_the_zip_signs_in_with_a_token(call: Call, valkey: Valkey, tmp_path: Path) -> None:
    front = TlsFront(tmp_path / "front", valkey.port).start()
    with valkey.client() as admin:
        # Whether a token is right is for tests/iam; without one this user is not let in by URL.
        admin.execute_command("ACL", "SETUSER", "andon", "on", "nopass", "~landing:*", "+@all")
        ran = call(
            json.dumps(event(readings())),
            CACHE_URL=f"valkeys://andon@127.0.0.1:{front.port}/0",
            CACHE_IAM="replicationgroup:plant",
            AWS_REGION="eu-central-1",
            AWS_ACCESS_KEY_ID="AKIDEXAMPLE",
            AWS_SECRET_ACCESS_KEY="not-a-secret",
            SSL_CERT_FILE=str(front.ca),
        )
        waiting = Landing(admin, streams=2, bound_bytes=1).waiting()
    front.stop()

    assert ran.stderr == ""
    assert json.loads(ran.stdout.splitlines()[-1]) == {"batchItemFailures": []}
    assert waiting == 1


def test_settings_that_cannot_be_read_are_said_in_one_line(call: Call) -> None:
    ran = call("{}", LANDING_STREAMS="many")

    assert ran.returncode == 1
    assert ran.stderr == (
        "andon: CACHE_URL is missing; LANDING_STREAMS is no whole number from 1 to 64\n"
    )


def test_the_zip_holds_sources_and_licences_and_nothing_else(package: zipfile.ZipFile) -> None:
    others = [name for name in package.namelist() if not name.endswith(".py")]

    assert others
    assert all("/licenses/" in name for name in others)


def test_the_same_code_is_the_same_bytes(package: zipfile.ZipFile) -> None:
    assert packed() == packed()
    assert package.namelist() == sorted(package.namelist())
    assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
