"""A real memcached: this machine's own, or Debian's package unpacked beside the packages."""

import fcntl
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

from lab.engines import Engine, EngineFailed

FETCH_SECONDS = 60
# All but what every Debian has; perl and adduser are for the service, not for the program.
PACKAGES = ("memcached", "libevent-2.1", "libsasl2-2", "libsasl2-modules-db", "libssl3")


class Memcached(Engine):
    """A memcached server; it keeps nothing when it ends."""

    name = "memcached"

    def __init__(self, folder: Path, *, megabytes: int = 64) -> None:
        super().__init__(folder)
        self._megabytes = megabytes

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def _launch(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        found = program()
        as_nobody = ("-u", "nobody") if os.geteuid() == 0 else ()
        return subprocess.Popen(
            [
                *(str(found), *as_nobody, "-l", "127.0.0.1", "-p", str(self.port), "-U", "0"),
                *("-m", str(self._megabytes), "-t", "1"),
            ],
            stdout=log,
            stderr=log,
            env=os.environ | _libraries_beside(found),
            start_new_session=True,
        )

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(b"version\r\n")
                return connection.recv(64).startswith(b"VERSION")
        except OSError:
            return False


def program() -> Path:
    """The memcached to start; fetched once if it is nowhere and Debian's packages are in reach."""
    installed = shutil.which("memcached")
    if installed is not None:
        return Path(installed)
    home = Path(sys.prefix) / "memcached"
    unpacked = home / "usr/bin/memcached"
    # Runs under `-n` start here together: the first fetches, the others find it.
    with (Path(sys.prefix) / "memcached.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not unpacked.exists():
            _fetch(home)
    return unpacked


def _fetch(home: Path) -> None:
    """Unpack Debian's packages into `home`: this needs no root, and changes nothing else."""
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        raise _missing("this is no Debian")
    with tempfile.TemporaryDirectory(prefix="memcached-", dir=home.parent) as name:
        folder = Path(name)
        names = _packages(folder)
        if _run(["apt-get", "download", *names], folder).returncode:
            # A fresh machine may have no lists yet, or lists that are too old; they are root's.
            if os.geteuid() == 0:
                _run(["apt-get", "update", "-qq"], folder)
                names = _packages(folder)
            fetched = _run(["apt-get", "download", *names], folder)
            if fetched.returncode:
                raise _missing("apt-get cannot download it")
        for archive in folder.glob("*.deb"):
            if _run(["dpkg", "-x", str(archive), str(folder / "unpacked")], folder).returncode:
                raise _missing(f"dpkg cannot unpack {archive.name}")
        # Root's server becomes `nobody`, who must get to its libraries.
        (folder / "unpacked").chmod(stat.S_IRWXU | 0o055)
        (folder / "unpacked").rename(home)


def _packages(folder: Path) -> list[str]:
    """The names here of the packages wanted: a release adds its own suffix, as `libssl3t64`."""
    found = _run(["apt-cache", "pkgnames"], folder).stdout.decode().split()
    names = [
        name
        for wanted in PACKAGES
        for name in found
        if name in (wanted, f"{wanted}t64", f"{wanted}-7", f"{wanted}-7t64")
    ]
    return names if "memcached" in names else ["memcached"]


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[bytes]:
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
        raise _missing(f"{command[0]} took longer than {FETCH_SECONDS} s") from None


def _missing(why: str) -> EngineFailed:
    return EngineFailed(f"memcached is not installed, and {why} (apt-get install memcached)")


def _libraries_beside(found: Path) -> dict[str, str]:
    """Where a program that was only unpacked finds its libraries."""
    folders = {path.parent for path in found.parents[1].glob("lib/*/lib*.so.*")}
    if not found.is_relative_to(sys.prefix) or not folders:
        return {}
    return {"LD_LIBRARY_PATH": ":".join(sorted(map(str, folders)))}
