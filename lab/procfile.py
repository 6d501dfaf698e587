"""The Procfile's processes, on this machine's ports."""

import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from lab.engines import EngineFailed

ROOT = Path(__file__).parent.parent
# Locust's: it is in an environment of its own, beside the one that runs the plant.
LOCUST_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
WEB_PORT = "8000"
LIVE_PORT = "8001"


def command(name: str, *, port: int | None = None) -> list[str]:
    """The command line of one process, from this environment, on `port` instead of the usual."""
    words = shlex.split(processes()[name])
    words[0] = program(words[0])
    return [str(port) if port and word in (WEB_PORT, LIVE_PORT) else word for word in words]


def flask(*words: str) -> list[str]:
    """The command line of a `flask` command."""
    return [program("flask"), "--app", "application", *words]


def run_flask(*words: str, environment: Mapping[str, str], typed: str = "") -> None:
    """Run a `flask` command to its end, in silence; raises `EngineFailed` with its last words."""
    ended = subprocess.run(
        flask(*words),
        env=environment,
        input=typed,
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    if ended.returncode:
        raise EngineFailed(f"«flask {words[0]}» failed: {ended.stderr.strip()[-400:]}")


def program(name: str) -> str:
    """A program of the environment that runs this."""
    return str(Path(sys.executable).parent / name)


def processes() -> dict[str, str]:
    """What the Procfile names, and how each is started."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    return {name: line.strip() for name, _, line in (line.partition(":") for line in lines)}
