"""One instance of a fleet: web, live and drain behind an nginx of its own, in a folder."""

import signal
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path

import urllib3

from lab import procfile
from lab.children import Child, Children
from lab.engines import EngineFailed, free_port
from lab.nginx import Nginx

PROCESSES = ("web", "live", "drain")
START_SECONDS = 90
HEALTH = ("/healthz", "/live/healthz")
# The balancer stands beside the instance, where a real one stands in the VPC.
BALANCER = "set_real_ip_from 127.0.0.1;"


class Instance:
    """Runs what the Procfile names; what ends by itself is started again, as systemd would."""

    def __init__(
        self, name: str, folder: Path, environment: Mapping[str, str], say: Callable[[str], None]
    ) -> None:
        self.name = name
        self.folder = folder
        self._environment = {**environment, "INSTANCE_ID": name}
        self._say = say
        folder.mkdir(parents=True, exist_ok=True)
        self._ports = {"web": free_port(), "live": free_port()}
        self._nginx = Nginx(
            folder / "nginx", web=self._ports["web"], live=self._ports["live"], extra=BALANCER
        )
        self._stopping = threading.Event()
        self._children = Children(folder, self._stopping)
        self._watch: threading.Thread | None = None

    @property
    def port(self) -> int:
        """Where its nginx listens."""
        return self._nginx.port

    @property
    def pids(self) -> dict[str, int]:
        """Its processes' numbers, by what the Procfile calls them."""
        return self._children.pids()

    def start(self) -> None:
        """Start its processes and its nginx; `await_answer` says when they answer."""
        self._stopping = threading.Event()
        self._children = Children(self.folder, self._stopping)
        self._children.stop_leftovers()
        self._children.start(
            *(
                Child(name, procfile.command(name, port=self._ports.get(name)))
                for name in PROCESSES
            ),
            environment=self._environment,
        )
        self._nginx.start()
        self._watch = threading.Thread(target=self._children.watch, args=[self._tell], daemon=True)
        self._watch.start()

    def await_answer(self, *, giving_up: threading.Event) -> None:
        """Return when web and live answer; raises `EngineFailed` where they do not in time."""
        deadline = time.monotonic() + START_SECONDS
        while not all(map(self._answers, HEALTH)):
            if time.monotonic() > deadline:
                raise EngineFailed(f"{self.name} does not answer; see {self.folder}/log")
            if giving_up.wait(0.2):
                return

    def stop(self) -> None:
        """Stop the proxy, then the processes: in this order a real instance does it."""
        self._nginx.stop()
        self._end_watch()
        self._children.stop_all()

    def kill(self) -> None:
        """End all of it with no chance to tidy up, as a power cut would; nothing starts again."""
        self._end_watch()
        self._children.signal(signal.SIGKILL)
        self._nginx.kill()
        # Reaps what is dead, so that `start` finds no trace of it.
        self._children.stop_all()

    def signal(self, number: signal.Signals, name: str) -> None:
        """Signal one process and its children; one that ends is started again within a second."""
        self._children.signal(number, name)

    def _end_watch(self) -> None:
        self._stopping.set()
        if self._watch is not None:
            self._watch.join()
            self._watch = None

    def _answers(self, path: str) -> bool:
        try:
            answer = urllib3.request("GET", self._nginx.url(path), timeout=2, retries=False)
        except urllib3.exceptions.HTTPError:
            return False
        return answer.status == HTTPStatus.OK

    def _tell(self, text: str) -> None:
        self._say(f"{self.name}: {text}")
