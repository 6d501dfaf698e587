"""A whole instance in a folder that is thrown away: engines, a seeded plant, processes."""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path
from typing import Self

import urllib3
from sqlalchemy import update

from app.config import Config
from app.domain.accounts import issue_token
from app.models import Sensor
from app.parts import Parts, build_parts
from lab import procfile
from lab.engines import EngineFailed, Postgres, Valkey, free_port, last_words

PLANT = "north"
USERNAME = "viewer"
START_SECONDS = 60
STOP_SECONDS = 15
# Readings are numbered, and their numbers are their values: no sensor shall be in alert for that.
HIGHEST_VALUE = 1e12
HEALTH = {"web": "/healthz", "live": "/live/healthz"}


class Instance:
    """One instance with `days` of history, on ports of its own of the loopback address.

    It runs as in production, so that logs are written as they are there; what is missing is nginx.
    """

    def __init__(self, *, days: int = 2, counts_statements: bool = False) -> None:
        self.password = secrets.token_hex(8)
        self.ports: dict[str, int] = {"web": free_port(), "live": free_port()}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._days = str(days)
        self._counts_statements = counts_statements
        self._ending = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as undoing:
            folder = tempfile.TemporaryDirectory(prefix="andon-bench-")
            self._folder = Path(undoing.enter_context(folder))
            self.valkey = Valkey(self._folder / "valkey")
            self.postgres = Postgres(
                self._folder / "postgres", counts_statements=self._counts_statements
            )
            for engine in (self.valkey, self.postgres):
                undoing.callback(engine.stop)
                engine.start()
            self._environment = self._settings()
            self.parts: Parts = build_parts(Config.from_environment(self._environment))
            undoing.callback(self.parts.redis.close)
            undoing.callback(self.parts.cache.close)
            undoing.callback(self.parts.database.engine.dispose)
            undoing.callback(self.parts.cache.close)
            undoing.callback(self._stop_all)
            self._run("migrate")
            self._run("seed", "--days", self._days, "--password-stdin", words=self.password)
            let_numbers_pass(self.parts)
            self._ending = undoing.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.close()

    def url(self, name: str, path: str = "") -> str:
        return f"http://127.0.0.1:{self.ports[name]}{path}"

    def token(self, name: str) -> str:
        """A token for a gateway of this name."""
        with self.parts.database.transaction() as session:
            return issue_token(session, name=name, plant=PLANT)

    def tell(self, **settings: str) -> None:
        """Settings of the processes that are started from here on."""
        self._environment |= settings

    def start(self, *names: str) -> None:
        """Start processes of the Procfile, and wait until those with a port answer."""
        for name in names:
            self.launch(name, procfile.command(name, port=self.ports.get(name)))
        for name in names:
            if name in HEALTH:
                self.await_answer(name, HEALTH[name])

    def launch(self, name: str, command: list[str]) -> None:
        """Start a program with the instance's environment, its output in a log."""
        with self._log(name).open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=procfile.ROOT,
                start_new_session=True,  # Ctrl-C is for us; we stop them in order
            )

    def await_answer(self, name: str, path: str) -> None:
        """Return when the process answers with 200."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.processes[name].poll() is not None:
                break
            try:
                answer = urllib3.request("GET", self.url(name, path), timeout=1, retries=False)
                if answer.status == HTTPStatus.OK:
                    return
            except urllib3.exceptions.HTTPError:
                pass
            time.sleep(0.1)
        raise EngineFailed(f"{name} does not answer: {last_words(self._log(name))}")

    def stop(self, name: str) -> None:
        """Ask a process to end, and kill it and its children where it does not listen."""
        process = self.processes.pop(name)
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _stop_all(self) -> None:
        for name in reversed(list(self.processes)):
            self.stop(name)

    def _settings(self) -> dict[str, str]:
        return {
            **os.environ,
            "SECRET_KEY": secrets.token_hex(32),
            "DATABASE_URL": self.postgres.url,
            "CACHE_URL": self.valkey.url,
            "ANDON_ENVIRONMENT": "production",
            "INSTANCE_ID": "bench",
            "LIVE_PORT": str(self.ports["live"]),
        }

    def _run(self, *command: str, words: str = "") -> None:
        procfile.run_flask(*command, environment=self._environment, typed=words)

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"


def let_numbers_pass(parts: Parts) -> None:
    """Give the sensors limits that no number of a reading is beyond."""
    with parts.database.transaction() as session:
        session.execute(update(Sensor).values(low=None, high=HIGHEST_VALUE))


def end_when_told() -> None:
    """At Ctrl-C or SIGTERM leave by the usual way, which stops all that was started."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: sys.exit(128 + received))
