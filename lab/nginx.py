"""A real nginx under Elastic Beanstalk's own configuration and ours, on ports of the loopback."""

import os
import shutil
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import IO

from lab.debian import Package, libraries_beside
from lab.engines import Engine, EngineFailed, free_port

ROOT = Path(__file__).parent.parent
BEANSTALK = Path(__file__).parent / "beanstalk" / "nginx"
OURS = ROOT / ".platform" / "nginx"
CHECK_SECONDS = 20

PACKAGE = Package(
    "nginx", "usr/sbin/nginx", ("nginx", "nginx-common", "libpcre2-8-0", "libssl3", "zlib1g")
)


class Nginx(Engine):
    """An instance's nginx, before a web and a live process on the ports it is given."""

    name = "nginx"

    def __init__(
        self, folder: Path, *, web: int, live: int, ours: Path = OURS, extra: str = ""
    ) -> None:
        super().__init__(folder)
        self._ports = {":8000": f":{web}", ":8001": f":{live}"}
        self._ours = ours
        self._extra = extra

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def check(self) -> str:
        """What `nginx -t` says of the files; `EngineFailed` with its words where it refuses."""
        # It binds what it would listen on.
        self.port = free_port(preferred=self.port)
        self._lay_out()
        ran = subprocess.run(
            [*self._command(), "-t"],
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=CHECK_SECONDS,
            check=False,
        )
        if ran.returncode:
            raise EngineFailed(ran.stderr)
        return ran.stderr

    def kill(self) -> None:
        """End it as a power cut would: a worker that loses its master goes on serving alone."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        super().kill()

    def _launch(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        self._lay_out()
        return subprocess.Popen(
            [*self._command(), "-g", "daemon off;"],
            stdout=log,
            stderr=log,
            env=self._environment(),
            start_new_session=True,
        )

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(b"GET /nothing HTTP/1.0\r\n\r\n")
                return connection.recv(64).startswith(b"HTTP/1.1 ")
        except OSError:
            return False

    def _command(self) -> list[str]:
        etc = self.folder / "etc"
        return [
            str(PACKAGE.program()),
            "-p",
            str(etc),
            "-c",
            str(etc / "nginx.conf"),
            "-e",
            "stderr",
        ]

    def _environment(self) -> dict[str, str]:
        return os.environ | libraries_beside(PACKAGE.program())

    def _lay_out(self) -> None:
        """Elastic Beanstalk's files, ours over them, and all paths in a folder of ours."""
        etc = self.folder / "etc"
        for folder in (BEANSTALK, self._ours):
            shutil.copytree(folder, etc, dirs_exist_ok=True)
        for name in ("log/healthd", "temp"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        added = "\n".join([*self._temporary_places(), self._extra])
        (etc / "conf.d" / "zz_here.conf").write_text(added)
        for file in etc.rglob("*.conf"):
            text = file.read_text(encoding="utf-8")
            for theirs, here in self._here().items():
                text = text.replace(theirs, here)
            file.write_text(text, encoding="utf-8")

    def _temporary_places(self) -> list[str]:
        return [
            f"{kind}_temp_path {self.folder}/temp/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        ]

    def _here(self) -> dict[str, str]:
        # Root's workers would become somebody who may not look into a test's folder.
        user = "user root;" if os.geteuid() == 0 else ""
        return self._ports | {
            "user                    nginx;": user,
            "listen        80 ": f"listen 127.0.0.1:{self.port} ",
            "/var/log/nginx": str(self.folder / "log"),
            "/var/run/nginx.pid": str(self.folder / "nginx.pid"),
            "/tmp/andon-assets": str(self.folder / "assets"),  # noqa: S108 # replaced, not used
            "worker_processes        auto;": "worker_processes 1;",
        }
