"""Programs of Debian for the tests: this machine's own, or unpacked beside the Python packages."""

import fcntl
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from lab.engines import EngineFailed

FETCH_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Package:
    """A program, where Debian has it, and the packages it takes on a machine that has little."""

    name: str
    path: str
    needs: tuple[str, ...]

    def program(self) -> Path:
        """The program to start; fetched once if it is nowhere and Debian is in reach."""
        installed = shutil.which(self.name)
        if installed is not None:
            return Path(installed)
        home = Path(sys.prefix) / self.name
        # Runs under `-n` start here together: the first fetches, the others find it.
        with (Path(sys.prefix) / f"{self.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (home / self.path).exists():
                self.fetch(home)
        return home / self.path

    def fetch(self, home: Path) -> None:
        """Unpack the packages into `home`: this needs no root, and changes nothing else."""
        if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
            raise self._missing("this is no Debian")
        with tempfile.TemporaryDirectory(prefix=f"{self.name}-", dir=home.parent) as name:
            folder = Path(name)
            names = self._packages(folder)
            if self._run(["apt-get", "download", *names], folder).returncode:
                # A fresh machine may have no lists yet, or lists that are too old; they are root's.
                if os.geteuid() == 0:
                    self._run(["apt-get", "update", "-qq"], folder)
                    names = self._packages(folder)
                if self._run(["apt-get", "download", *names], folder).returncode:
                    raise self._missing("apt-get cannot download it")
            for archive in folder.glob("*.deb"):
                if self._run(["dpkg", "-x", str(archive), "unpacked"], folder).returncode:
                    raise self._missing(f"dpkg cannot unpack {archive.name}")
            # Root's server becomes `nobody`, who must get to its libraries.
            (folder / "unpacked").chmod(stat.S_IRWXU | 0o055)
            (folder / "unpacked").rename(home)

    def _packages(self, folder: Path) -> list[str]:
        """The names here of the packages wanted: a release adds its own suffix, as `libssl3t64`."""
        found = self._run(["apt-cache", "pkgnames"], folder).stdout.decode().split()
        names = [
            name
            for wanted in self.needs
            for name in found
            if name in (wanted, f"{wanted}t64", f"{wanted}-7", f"{wanted}-7t64")
        ]
        return names if self.name in names else [self.name]

    def _run(self, command: list[str], folder: Path) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                command,
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=FETCH_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise self._missing(f"{command[0]} took longer than {FETCH_SECONDS} s") from None

    def _missing(self, why: str) -> EngineFailed:
        return EngineFailed(
            f"{self.name} is not installed, and {why} (apt-get install {self.name})"
        )


def libraries_beside(found: Path) -> dict[str, str]:
    """Where a program that was only unpacked finds its libraries."""
    folders = {path.parent for path in found.parents[1].glob("lib/*/lib*.so.*")}
    if not found.is_relative_to(sys.prefix) or not folders:
        return {}
    return {"LD_LIBRARY_PATH": ":".join(sorted(map(str, folders)))}
