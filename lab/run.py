"""`make run`: the whole plant on this machine, until Ctrl-C.

Starts Valkey and PostgreSQL unless CACHE_URL and DATABASE_URL name others, brings the schema up to
date, seeds an empty plant, and runs what the Procfile runs, with a simulated gateway beside it.
"""

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path

import urllib3
from sqlalchemy import select

from app.config import Config, ConfigError
from app.database import PASSING, Database
from app.domain.accounts import issue_token
from app.models import Plant
from app.models.schema import migrate
from app.parts import build_parts
from lab import ports, procfile
from lab.children import Child, Children
from lab.engines import Engine, EngineFailed, Postgres, Valkey
from lab.home import Home, HomeTaken
from lab.ports import CannotRun

START_SECONDS = 60
RATE = 40  # readings a second: every sensor of the plant speaks every two seconds


def main() -> int:
    """Run until told to stop; the exit code says whether anything went wrong."""
    parser = argparse.ArgumentParser(description="Run a whole plant on this machine.")
    parser.add_argument("--home", type=Path, default=Path(".andon"), help="where its data live")
    parser.add_argument("--days", type=int, default=30, help="days of history in a new plant")
    asked = parser.parse_args()
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    try:
        with Home(asked.home.absolute()) as home:
            Run(home, stopping, days=asked.days).run()
    except (CannotRun, HomeTaken, EngineFailed, ConfigError) as reason:
        print(f"andon: {reason}", file=sys.stderr)
        return 1
    return 0


class Run:
    """Everything that `make run` starts, and stops in the opposite order."""

    def __init__(self, home: Home, stopping: threading.Event, *, days: int) -> None:
        self._home = home
        self._days = str(days)
        self._stopping = stopping
        self._port = ports.chosen("PORT", 8000)
        self._live_port = ports.chosen("LIVE_PORT", self._port + 1)
        self._engines: list[Engine] = []
        self._children = Children(home.folder, stopping)

    def run(self) -> None:
        """Start all, say where it is, wait, stop all."""
        self._children.stop_leftovers()
        for port in (self._port, self._live_port):
            ports.refuse_taken(port, choose="make run PORT=8080")
        started = time.monotonic()
        try:
            environment = self._start_engines()
            # They take seconds to load, and need no schema until they are asked for something.
            self._start_servers(environment)
            self._start_workers(environment, self._prepare(environment))
            if not self._stopping.is_set():
                self._home.keep_environment(environment)
                self._greet(time.monotonic() - started)
            self._children.watch()
        finally:
            self._stop()

    def _start_engines(self) -> dict[str, str]:
        environment = {
            **os.environ,
            "SECRET_KEY": os.environ.get("SECRET_KEY") or self._home.secret("secret-key"),
            "ANDON_ENVIRONMENT": "development",
            "LIVE_PORT": str(self._live_port),
        }
        if not environment.get("CACHE_URL"):
            valkey = Valkey(self._home.folder / "valkey")
            self._start(valkey)
            environment["CACHE_URL"] = valkey.url
        if not environment.get("DATABASE_URL"):
            postgres = Postgres(self._home.folder / "postgres")
            self._start(postgres)
            environment["DATABASE_URL"] = postgres.url
        return environment

    def _start(self, engine: Engine) -> None:
        print(f"Starting {engine.name} ...", flush=True)
        self._engines.append(engine)
        engine.start()

    def _prepare(self, environment: dict[str, str]) -> dict[str, str]:
        """The schema, the seed, and a token for the simulated gateway of each plant."""
        database = build_parts(Config.from_environment(environment)).database
        try:
            migrate(database.engine)
            if not _plants(database):
                password = self._home.secret("demo-password", size=8)
                seed = ("seed", "--days", self._days, "--password-stdin")
                self._children.run_to_end(*seed, environment=environment, words=password)
            with database.transaction() as session:
                return {
                    plant: issue_token(session, name=f"simulator-{plant}", plant=plant)
                    for plant in _plants(database)
                }
        except PASSING as fault:
            raise CannotRun(f"the database does not answer: {type(fault).__name__}") from fault
        finally:
            database.engine.dispose()

    def _start_servers(self, environment: dict[str, str]) -> None:
        self._children.start(
            Child("web", procfile.command("web", port=self._port)),
            Child("live", procfile.command("live", port=self._live_port)),
            environment=environment,
        )

    def _start_workers(self, environment: dict[str, str], tokens: dict[str, str]) -> None:
        url = f"http://127.0.0.1:{self._port}"
        self._children.start(Child("drain", procfile.command("drain")), environment=environment)
        self._await_answer(f"{url}/healthz")
        self._await_answer(f"http://127.0.0.1:{self._live_port}/live/healthz")
        for plant, token in tokens.items():
            simulate = procfile.flask("simulate", "--url", url, "--token-stdin", "--plant", plant)
            simulate += ["--rate", str(RATE), "--with-people"]
            self._children.start(
                Child(f"simulate-{plant}", simulate, words=token), environment=environment
            )

    def _await_answer(self, url: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and not self._stopping.is_set():
            try:
                if urllib3.request("GET", url, timeout=1, retries=False).status == HTTPStatus.OK:
                    return
            except urllib3.exceptions.HTTPError:
                pass
            self._children.check()
            time.sleep(0.1)
        if not self._stopping.is_set():
            raise CannotRun(f"{url} does not answer; see {self._home.folder}/log")

    def _greet(self, seconds: float) -> None:
        password = self._home.secret("demo-password", size=8)
        print(
            f"\n  Andon runs at  http://127.0.0.1:{self._port}   (ready in {seconds:.0f} s)\n"
            f"  Sign in as     admin, supervisor, operator or viewer\n"
            f"  Password       {password}\n"
            f"  Logs           {self._home.folder}/log/\n"
            f"  Commands       . {self._home.folder}/environment && flask --help\n"
            f"  Stop           Ctrl-C\n",
            flush=True,
        )

    def _stop(self) -> None:
        print("\nStopping ...", flush=True)
        self._children.stop_all()
        for engine in reversed(self._engines):
            engine.stop()
        print("Stopped.", flush=True)


def _plants(database: Database) -> Sequence[str]:
    with database.transaction() as session:
        return session.scalars(select(Plant.slug).order_by(Plant.slug)).all()


if __name__ == "__main__":
    sys.exit(main())
