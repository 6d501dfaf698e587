"""Whether requirements.txt can be installed on the machines that Elastic Beanstalk offers."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from lab.rehearsal.packing import ROOT

# The branches of the Python platform on Amazon Linux 2023, whose C library is 2.34.
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
MACHINES = ("x86_64", "aarch64")
LIBRARY = "manylinux_2_34"
LONGEST_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Platform:
    """A Python on a kind of machine; `refusal` is empty where everything can be installed."""

    python: str
    machine: str
    refusal: str

    def __str__(self) -> str:
        verdict = f"no: {self.refusal}" if self.refusal else "installs, without a compiler"
        return f"Python {self.python} on {self.machine}: {verdict}"


def check(requirements: Path = ROOT / "requirements.txt") -> Iterator[Platform]:
    """Each platform in turn: whether there is a wheel of everything, under its hash."""
    asked = list(product(PYTHONS, MACHINES))
    with ThreadPoolExecutor(2) as pool:
        refusals = pool.map(lambda each: _refusal(requirements, *each), asked)
        for (python, machine), refusal in zip(asked, refusals, strict=True):
            yield Platform(python, machine, refusal)


def _refusal(requirements: Path, python: str, machine: str) -> str:
    with tempfile.TemporaryDirectory(prefix="andon-platform-") as nowhere:
        try:
            ran = subprocess.run(
                [
                    *(str(Path(sys.executable).parent / "uv"), "pip", "install", "--dry-run"),
                    *("--require-hashes", "--only-binary", ":all:", "--target", nowhere),
                    *("--python-version", python, "--python-platform", f"{machine}-{LIBRARY}"),
                    *("-r", str(requirements)),
                ],
                capture_output=True,
                text=True,
                timeout=LONGEST_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"uv took longer than {LONGEST_SECONDS} s"
    return ran.stderr.strip()[-500:] if ran.returncode else ""
