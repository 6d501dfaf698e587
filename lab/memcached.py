"""A real memcached: this machine's own, or Debian's package unpacked beside the packages."""

import os
import socket
import subprocess
from pathlib import Path
from typing import IO

from lab.debian import Package, libraries_beside
from lab.engines import Engine

# All but what every Debian has; perl and adduser are for the service, not for the program.
PACKAGE = Package(
    "memcached",
    "usr/bin/memcached",
    ("memcached", "libevent-2.1", "libsasl2-2", "libsasl2-modules-db", "libssl3"),
)


class Memcached(Engine):
    """A memcached server; it keeps nothing when it ends."""

    name = "memcached"

    def __init__(
        self, folder: Path, *, megabytes: int = 64, certificate: Path | None = None
    ) -> None:
        """`certificate` holds chain and key: then it speaks TLS, and nothing else."""
        super().__init__(folder)
        self._megabytes = megabytes
        self._certificate = certificate

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
                *self._tls(),
            ],
            stdout=log,
            stderr=log,
            env=os.environ | libraries_beside(found),
            start_new_session=True,
        )

    def _tls(self) -> tuple[str, ...]:
        if self._certificate is None:
            return ()
        return ("-Z", "-o", f"ssl_chain_cert={self._certificate},ssl_key={self._certificate}")

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                if self._certificate is not None:
                    return True  # whose it is, is its client's business
                connection.sendall(b"version\r\n")
                return connection.recv(64).startswith(b"VERSION")
        except OSError:
            return False


def program() -> Path:
    """The memcached to start; fetched once if it is nowhere and Debian's packages are in reach."""
    return PACKAGE.program()
