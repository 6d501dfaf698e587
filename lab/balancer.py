"""The load balancer: an nginx that does what an Application Load Balancer does, where it can."""

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

import psutil
import trustme
import urllib3

from lab.engines import EngineFailed
from lab.health import Health
from lab.nginx import Nginx

# The environment asks for a check every 15 s; nobody wants to watch that.
CHECK_EVERY_SECONDS = 1.0
CHECK_SECONDS = 3.0
RELOAD_SECONDS = 10.0
HOST = "andon.example"

SECURE = """\
listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/certificate.pem;
        ssl_certificate_key {folder}/certificate.pem;\
"""

# No second try with another target, as the real one has none: a refusal is the client's to see.
# It has no HTTP/2 to its targets either, and keeps connections to them open.
CONFIGURATION = """\
{user}
pid {folder}/nginx.pid;
worker_processes 1;
events {{ worker_connections 2048; }}
http {{
    log_format targets '$time_iso8601 $status $upstream_addr $upstream_status "$request"';
    access_log {folder}/log/access.log targets;
    {places}
    upstream targets {{
        least_conn;
        {targets}
        keepalive 32;
    }}
    server {{
        {listening}
        location / {{
            proxy_pass http://targets;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Port {forwarded_port};
            proxy_next_upstream off;
            proxy_buffering off;
            proxy_read_timeout {idle_seconds}s;
        }}
    }}
}}
"""


class Balancer(Nginx):
    """Speaks TLS as `andon.example`, and shares requests among the targets in service.

    `ca` is the file of whoever signed its certificate. Without `tls` it speaks plain HTTP, for
    browsers of people.
    """

    name = "balancer"

    def __init__(
        self, folder: Path, *, good: int, bad: int, idle_seconds: int, tls: bool = True
    ) -> None:
        super().__init__(folder, web=0, live=0)
        self._tls = tls
        self._needed = (good, bad)
        self._idle_seconds = idle_seconds
        self._targets: dict[str, int] = {}
        self._health: dict[str, Health] = {}
        self._lock = threading.RLock()
        self._ending = threading.Event()
        self._checking: threading.Thread | None = None
        self.ca = folder / "ca.pem"
        if tls:
            self._certify()

    @property
    def access_log(self) -> Path:
        """A line for each request that was answered, or given up."""
        return self.folder / "log" / "access.log"

    def watch(self, say: Callable[[str], None]) -> None:
        """Check the targets from now on, and say who comes and goes."""
        self._checking = threading.Thread(target=self._check_all, args=[say], daemon=True)
        self._checking.start()

    def stop(self) -> None:
        self._ending.set()
        if self._checking is not None:
            self._checking.join()
        super().stop()

    def register(self, name: str, port: int) -> None:
        """Check this target; once it is healthy it gets requests."""
        with self._lock:
            self._targets[name] = port
            self._health[name] = Health(*self._needed)

    def deregister(self, name: str) -> None:
        """Send it nothing new; what it has it may finish."""
        with self._lock:
            self._targets.pop(name, None)
            gone = self._health.pop(name, None)
            if gone is not None and gone.in_service:
                self._reload()

    def is_in_service(self, name: str) -> bool:
        with self._lock:
            return name in self._health and self._health[name].in_service

    def _certify(self) -> None:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.ca)
        authority.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(
            self.folder / "certificate.pem"
        )

    def _check_all(self, say: Callable[[str], None]) -> None:
        while not self._ending.wait(CHECK_EVERY_SECONDS):
            for name, port in list(self._targets.items()):
                good = _is_healthy(port)
                with self._lock:
                    health = self._health.get(name)
                    if health is None or not health.checked(good):
                        continue
                    self._reload()
                say(f"{name} is {'in service' if good else 'unhealthy, and out of service'}")

    def _reload(self) -> None:
        """Let new workers take over; those of before finish what they have and accept no more."""
        if self._process is None:
            return
        master = psutil.Process(self._process.pid)
        before = {child.pid for child in master.children()}
        self._lay_out()
        self.signal(signal.SIGHUP)
        deadline = time.monotonic() + RELOAD_SECONDS
        while not _took_over(master, before):
            if time.monotonic() > deadline:
                raise EngineFailed("the balancer does not take its new list of targets")
            time.sleep(0.02)

    def _lay_out(self) -> None:
        etc = self.folder / "etc"
        for folder in (etc, self.folder / "log", self.folder / "temp"):
            folder.mkdir(exist_ok=True)
        serving = [
            f"server 127.0.0.1:{port} max_fails=0;"
            for name, port in self._targets.items()
            if self._health[name].in_service
        ]
        text = CONFIGURATION.format(
            user="user root;" if os.geteuid() == 0 else "",
            folder=self.folder,
            listening=SECURE.format(folder=self.folder, port=self.port)
            if self._tls
            else f"listen 127.0.0.1:{self.port};",
            forwarded_port=443 if self._tls else self.port,
            places="\n    ".join(self._temporary_places()),
            targets="\n        ".join(serving) or "server 127.0.0.1:1 down;",
            idle_seconds=self._idle_seconds,
        )
        (etc / "nginx.conf").write_text(text, encoding="utf-8")


def _took_over(master: psutil.Process, before: set[int]) -> bool:
    """Whether there are new workers, and those of before accept nothing more."""
    workers = master.children()
    with suppress(psutil.NoSuchProcess):  # it ended just now; ask again
        old = [worker for worker in workers if worker.pid in before]
        return len(old) < len(workers) and all(
            "shutting down" in " ".join(worker.cmdline()) for worker in old
        )
    return False


def _is_healthy(port: int) -> bool:
    with suppress(urllib3.exceptions.HTTPError):
        answer = urllib3.request(
            "GET",
            f"http://127.0.0.1:{port}/healthz",
            # Whoever holds an old connection would go on believing that a new one is taken.
            headers={"Connection": "close"},
            timeout=CHECK_SECONDS,
            retries=False,
        )
        return answer.status == HTTPStatus.OK
    return False
