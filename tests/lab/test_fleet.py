"""`make cluster`: it comes up, says where it is, and leaves nothing behind."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import urllib3

from lab.engines import free_port
from lab.procfile import ROOT
from tests.deployment.proxied import need_nginx
from tests.processes.conftest import answers, until


@pytest.fixture
def started(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    need_nginx()
    port = free_port()
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "lab.cluster", "--home", str(tmp_path / "home")),
                *("--instances", "1", "--days", "1"),
            ],
            env={"PORT": str(port), "PATH": "/usr/bin:/bin:/usr/sbin"},
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
        )
    yield process
    if process.poll() is None:
        process.terminate()
        process.wait(60)


@pytest.mark.timeout(300)
def test_it_serves_tells_how_it_is_and_ends_on_sigterm(
    started: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    def words() -> str:
        assert started.poll() is None, (tmp_path / "log").read_text()
        return (tmp_path / "log").read_text()

    until(lambda: "1/1 up" in words(), seconds=180)
    url = re.search(r"Andon runs at +(\S+)", words())
    assert url is not None
    answer = urllib3.request("GET", f"{url[1]}/healthz")
    mine = psutil.Process(started.pid).children(recursive=True)
    started.send_signal(signal.SIGTERM)
    started.wait(60)

    assert answer.headers["X-Served-By"] == "i-1"
    assert "valkey-1 primary, valkey-2 replica, valkey-3 replica" in (tmp_path / "log").read_text()
    assert started.returncode == 0
    assert len(mine) >= 10
    assert not any(each.is_running() for each in mine)
    assert not answers(f"{url[1]}/healthz")
