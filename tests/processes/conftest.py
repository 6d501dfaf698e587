"""A whole instance for a test: engines of its own, and web, live and drain as processes."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import urllib3

from app.config import Config
from app.models.schema import migrate
from app.parts import Parts, build_parts
from lab import procfile
from lab.engines import Postgres, Valkey, free_port
from tests.access import access_string, refused
from tests.builders import Plant, a_plant

SECRET = "a secret of the tests, long enough"


class Instance:
    """One instance over one Valkey and one PostgreSQL, all of which a test may stop or kill.

    Given a `cache_url`, it uses that cache and starts none.
    """

    def __init__(self, folder: Path, *, cache_url: str = "") -> None:
        self.valkey = Valkey(folder / "valkey", access=access_string())
        self.cache_url = cache_url or self.valkey.start().url
        self.postgres = Postgres(folder / "postgres").start()
        self.ports = {"web": free_port(), "live": free_port()}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._folder = folder
        self.config = Config(
            secret_key=SECRET,
            database_url=self.postgres.url,
            cache_url=self.cache_url,
            environment="development",
            instance_id="one",
            live_port=self.ports["live"],
        )
        self.parts: Parts = build_parts(self.config)
        migrate(self.parts.database.engine)
        with self.parts.database.transaction() as session:
            self.plant: Plant = a_plant(session)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "SECRET_KEY": SECRET,
            "DATABASE_URL": self.postgres.url,
            "CACHE_URL": self.cache_url,
            "ANDON_ENVIRONMENT": "development",
            "INSTANCE_ID": "one",
            "LIVE_PORT": str(self.ports["live"]),
        }

    def start(self, *names: str) -> None:
        """Start processes of the Procfile, and wait until those with a port answer."""
        for name in names:
            with (self._folder / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    procfile.command(name, port=self.ports.get(name)),
                    env=self.environment,
                    stdout=log,
                    stderr=log,
                    cwd=procfile.ROOT,
                    start_new_session=True,
                )
        for name, path in (("web", "/healthz"), ("live", "/live/healthz")):
            if name in names:
                until(partial(answers, self.url(name, path)), seconds=30)

    def url(self, name: str, path: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}{path}"

    def log(self, name: str) -> str:
        return (self._folder / f"{name}.log").read_text()

    def kill(self, name: str) -> None:
        """End a process as a power cut would."""
        os.killpg(self.processes[name].pid, signal.SIGKILL)
        self.processes.pop(name).wait()

    def stop(self, name: str, *, seconds: float = 15) -> float:
        """Ask a process to end, and say how many seconds that took."""
        started = time.monotonic()
        process = self.processes.pop(name)
        process.terminate()
        process.wait(seconds)
        return time.monotonic() - started

    def close(self) -> None:
        for name in list(self.processes):
            self.kill(name)
        self.parts.database.engine.dispose()
        self.parts.redis.close()
        denied = refused(self.valkey)
        self.valkey.stop()
        self.postgres.stop()
        assert denied == []


def answers(url: str) -> bool:
    """Whether the URL gives a 200 just now."""
    try:
        return urllib3.request("GET", url, timeout=1, retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def until(holds: Callable[[], bool], *, seconds: float = 15) -> None:
    """Wait until it holds; fail where it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(f"it did not come true in {seconds} s")
        time.sleep(0.05)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An instance with all its processes running, for tests that leave it as it is."""
    instance = Instance(tmp_path_factory.mktemp("shared"))
    instance.start("web", "live", "drain")
    yield instance
    instance.close()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    """An instance with nothing started yet but its engines."""
    instance = Instance(tmp_path)
    yield instance
    instance.close()
