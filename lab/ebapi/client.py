"""The real `eb`, run in a clone of a checkout, against the stand-in and nothing else."""

import os
import subprocess
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from lab.ebapi.platforms import BRANCH

ROOT = Path(__file__).parents[2]
EB = ROOT / ".venv-eb" / "bin" / "eb"
REGION = "eu-central-1"
APPLICATION = "andon"
# It looks every five seconds whether an operation has ended, and gives up by itself after ten
# minutes; whatever hangs longer hangs for good.
LONGEST = timedelta(minutes=12)


class ClientMissing(Exception):
    """The client is not installed, or there is no git to clone with."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the client said, and its exit code."""

    code: int
    words: str


class Client:
    """The client, in a clone of its own: `eb init` writes into the checkout that it is run in."""

    def __init__(self, folder: Path, url: str, *, root: Path = ROOT, eb: Path = EB) -> None:
        if not eb.exists():
            raise ClientMissing(f"{eb} is not there; `make eb-client` installs it")
        self.checkout = folder / "checkout"
        self._eb = eb
        home = folder / "home"
        home.mkdir(parents=True)
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "AWS_ENDPOINT_URL": url,
            # They open nothing: the stand-in believes any, and nobody else is asked.
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "*",
        }
        self.git("clone", "--quiet", str(root), str(self.checkout), cwd=folder)

    def init(self) -> Spoken:
        """Name the application and its platform, as docs/deploy.md tells to."""
        return self.run("init", "-p", BRANCH, "-r", REGION, APPLICATION)

    def run(self, *words: str, answer: str = "", limit: timedelta = LONGEST) -> Spoken:
        """Run one command, showing what it says as it says it; `answer` is what it is told."""
        print(f"$ eb {' '.join(words)}", flush=True)
        with subprocess.Popen(
            [str(self._eb), *words],
            cwd=self.checkout,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            enough = threading.Timer(limit.total_seconds(), process.kill)
            enough.start()
            try:
                said = list(_shown(_told(process, answer)))
            finally:
                enough.cancel()
        return Spoken(process.returncode, "".join(said))

    def git(self, *words: str, cwd: Path | None = None) -> str:
        """Run git there, with nobody's own settings."""
        try:
            ran = subprocess.run(
                ["git", *words],  # noqa: S607 # whichever git is in use here
                cwd=cwd or self.checkout,
                env=self._environment,
                capture_output=True,
                text=True,
                check=False,
            )
        except FileNotFoundError as fault:
            raise ClientMissing("there is no git here") from fault
        if ran.returncode:
            raise ClientMissing(f"git {words[0]} failed: {ran.stderr.strip()}")
        return ran.stdout


def _told(process: subprocess.Popen[str], answer: str) -> Iterator[str]:
    """The lines of a process that was given its answer beforehand."""
    if process.stdin is None or process.stdout is None:
        raise ClientMissing("the client has no input and output")
    with suppress(BrokenPipeError):  # it ended before it asked
        process.stdin.write(answer)
        process.stdin.close()
    yield from process.stdout


def _shown(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        print(f"    {line.rstrip()}", flush=True)
        yield line
