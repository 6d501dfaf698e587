"""`make run`, as a newcomer meets it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from lab.engines import Valkey, free_port
from lab.procfile import ROOT
from tests.processes.conftest import answers, until


class Run:
    """One `make run` in a home of its own, with a day of history."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.log = home.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **environment: str) -> subprocess.Popen[bytes]:
        ports = {"PORT": str(self.port), "LIVE_PORT": str(free_port())}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "lab.run", "--home", str(self.home), "--days", "1"],
                env={**os.environ, **ports, **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                start_new_session=True,
            )
        return self.process

    def is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        return "ready in" in self.log.read_text()

    def all_processes(self) -> list[psutil.Process]:
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)

    def words(self) -> str:
        return self.log.read_text()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path / "home")
    yield run
    if run.process is not None and run.process.poll() is None:
        run.process.terminate()
        run.process.wait(60)


@pytest.mark.timeout(180)
def test_it_serves_ends_on_ctrl_c_and_survives_a_kill(run: Run) -> None:
    process = run.start()
    until(run.is_ready, seconds=90)
    assert answers(f"http://127.0.0.1:{run.port}/readyz")
    assert f"http://127.0.0.1:{run.port}" in run.words()
    until(lambda: " accepted" in (run.home / "log" / "simulate-north.log").read_text(), seconds=30)

    # Killed with all it can tell nobody: the next run ends what is left, and serves again.
    left = run.all_processes()
    process.kill()
    process.wait()
    assert any(each.is_running() for each in left)
    run.log.unlink()
    again = run.start()
    until(run.is_ready, seconds=60)
    assert not any(each.is_running() for each in left)
    assert "rows of output" not in run.words()  # what was seeded is still there

    mine = run.all_processes()
    assert len(mine) >= 8
    again.send_signal(signal.SIGINT)
    assert again.wait(30) == 0
    assert not any(each.is_running() for each in mine)


def test_a_port_that_is_taken_is_named_in_one_line(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", run.port))
        taken.listen()
        process = run.start()

        assert process.wait(30) == 1
    assert run.words() == (f"andon: port {run.port} is taken; choose another: make run PORT=8080\n")


def test_a_second_run_in_the_same_home_gives_way(run: Run, tmp_path: Path) -> None:
    first = run.start()
    until(lambda: "Starting valkey" in run.words(), seconds=30)
    second = Run(tmp_path / "home")
    second.log = tmp_path / "second.log"

    assert second.start().wait(30) == 1
    assert second.words() == f"andon: it runs already, as process {first.pid}; stop that first\n"
    first.send_signal(signal.SIGINT)
    assert first.wait(60) == 0


def test_a_port_that_is_no_port_is_named(run: Run) -> None:
    assert run.start(PORT="eighty").wait(30) == 1
    assert run.words() == "andon: PORT is no port: eighty\n"


def test_valkey_keeps_what_it_acknowledged_through_a_kill(tmp_path: Path) -> None:
    valkey = Valkey(tmp_path / "valkey").start()
    with valkey.client() as client:
        client.xadd("stream", {"a": 1})
    valkey.kill()
    valkey.start()
    with valkey.client() as client:
        kept = client.xlen("stream")
    valkey.stop()

    assert kept == 1
