"""The zip runs by itself, on any Python that Lambda has."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from app.commands.function.packing import packed
from app.config import Config
from tests.builders import Plant
from tests.ingest.conftest import Ask, Drain, event, readings

# Stands for Lambda: loads the handler that the template names, and calls it once.
LAMBDA = """
import json, sys
sys.path.insert(0, sys.argv[1])
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


def called(folder: Path, words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The zip in a Python that has nothing installed."""
    return subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", LAMBDA, str(folder)],
        input=words,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_zip_lands_by_itself_what_the_drain_then_stores(
    unpacked: Path, config: Config, plant: Plant, drain: Drain, ask: Ask
) -> None:
    ran = called(unpacked, json.dumps(event(readings(), "gossip")), CACHE_URL=config.cache_url)
    drain()

    assert ran.stderr == ""
    *logged, answer = map(json.loads, ran.stdout.splitlines())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert [line["event"] for line in logged] == ["ingest.malformed", "ingest.landed"]
    assert ask("SELECT count(*) FROM reading") == [(2,)]


def test_settings_that_cannot_be_read_are_said_in_one_line(unpacked: Path) -> None:
    ran = called(unpacked, "{}", LANDING_STREAMS="many")

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
