"""Locust's processes: a master that writes, and workers that are everybody on the floor."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load.arrivals import QUIET_SECONDS, Crowd
from benchmarks.load.entry import Entry
from lab.engines import EngineFailed, free_port, last_words
from lab.procfile import LOCUST_PYTHON, ROOT

LOCUSTFILE = ROOT / "benchmarks" / "load" / "locustfile.py"
# Where workers on other machines look for the master: Locust's own port.
PORT = 5557
STOP_SECONDS = 15
# Beyond the time asked for: workers report in, and everybody goes home.
LATE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Terms:
    """Who comes, how, for how long and from how many processes; `away` are on other machines."""

    crowd: Crowd
    shape: str
    seconds: int
    members: int
    workers: int
    away: int


def run(url: str, folder: Path, terms: Terms, entry: Entry, tell: Callable[[], None]) -> None:
    """Run the load to its end; raises `EngineFailed` where Locust gives up, or is not there."""
    if not LOCUST_PYTHON.exists():
        raise EngineFailed("Locust is not installed (make .venv-bench/installed)")
    with _started(url, folder, terms, entry) as master:
        began = time.monotonic()
        longest = terms.seconds + QUIET_SECONDS + LATE_SECONDS
        while master.poll() is None:
            time.sleep(0.5)
            tell()
            # Who waits for workers elsewhere waits for people to start them.
            if not terms.away and time.monotonic() - began > longest:
                raise EngineFailed(f"Locust does not end: {last_words(_log(folder), 3)}")
        if master.returncode:
            raise EngineFailed(f"Locust gave up: {last_words(_log(folder), 3)}")


@contextmanager
def _started(
    url: str, folder: Path, terms: Terms, entry: Entry
) -> Iterator[subprocess.Popen[bytes]]:
    port = PORT if terms.away else free_port()
    # Nobody but this machine is listened to, unless workers elsewhere were asked for.
    host = "*" if terms.away else "127.0.0.1"
    expected = str(terms.workers + terms.away)
    master = [
        *("--master", "--headless", "--only-summary", "--expect-workers", expected),
        *("--master-bind-host", host, "--master-bind-port", str(port), "--exit-code-on-error", "0"),
        *("--host", url, *_settings(folder, terms)),
    ]
    workers = ["--worker", "--processes", str(terms.workers), "--master-port", str(port)]
    with ExitStack() as ending:
        # The master is stopped first: it has its workers tell what they counted last.
        if terms.workers:
            ending.callback(_stop, _start(workers, folder, entry))
        started = _start(master, folder, entry)
        ending.callback(_stop, started)
        yield started


def _settings(folder: Path, terms: Terms) -> list[str]:
    told = terms.crowd._asdict() | {
        "shape": terms.shape,
        "seconds": terms.seconds,
        "members": terms.members,
        "workers": terms.workers + terms.away,
        # The upper half of counts' ids: seconds since 1970 never come again.
        "run": int(time.time()),
        "folder": folder.absolute(),
    }
    return [word for name, value in told.items() for word in (f"--{name}", str(value))]


def _start(arguments: list[str], folder: Path, entry: Entry) -> subprocess.Popen[bytes]:
    with _log(folder).open("ab") as log:
        return subprocess.Popen(
            [str(LOCUST_PYTHON), "-m", "locust", "-f", str(LOCUSTFILE), *arguments],
            env={**os.environ, **entry.in_environment()},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=ROOT,
            start_new_session=True,  # Ctrl-C is for us; we stop them in order
        )


def _stop(process: subprocess.Popen[bytes]) -> None:
    """With the workers that it forked, which it would leave behind."""
    # Not `poll`: they outlive one that died, and are found by its number until it is waited for.
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _log(folder: Path) -> Path:
    return folder / "locust.log"
