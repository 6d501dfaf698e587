"""Processes that are stopped as systemd stops them."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from lab.children import Child, Children

TELLING = 'trap "echo told > told; exit" TERM; echo up > up; while :; do sleep 0.05; done'


@pytest.mark.parametrize("as_systemd", [True, False])
def test_only_as_systemd_a_process_of_a_process_is_told_to_stop(
    tmp_path: Path,
    as_systemd: bool,  # noqa: FBT001 # the example's question
) -> None:
    children = Children(tmp_path, threading.Event(), as_systemd=as_systemd)
    command = ["/bin/sh", "-c", f"({TELLING}) & echo $! > child; wait"]
    children.start(Child("parent", command, folder=tmp_path), environment={"PATH": "/bin:/usr/bin"})
    while not all((tmp_path / name).exists() for name in ("up", "child")):
        time.sleep(0.02)

    children.stop_all()
    time.sleep(0.3)

    assert (tmp_path / "told").exists() is as_systemd
    if not as_systemd:
        os.kill(int((tmp_path / "child").read_text()), signal.SIGKILL)
