"""A primary, a replica that lags, and an endpoint for each instance: failover as a service does it.

The first instance's endpoint is a port that the promoted server takes over; the second's is a
forwarder, which hears of it later and can be cut alone.
"""

import time
from pathlib import Path
from typing import Self

from lab.door import Door
from lab.engines import Valkey

SYNC_SECONDS = 20
LAG_SECONDS = 0.3
# One instance hears of the new address this much later than the other.
LATER_SECONDS = 0.05


class Cluster:
    """One server at a time answers at both endpoints."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started = 0
        self.primary = self._another()
        self._port = self.primary.port
        self._forwarder = Door(self._port)

    @property
    def urls(self) -> tuple[str, str]:
        """The first instance's address and the second's."""
        direct = self.primary.url
        return direct, direct.replace(f":{self._port}/", f":{self._forwarder.port}/")

    def fail_over(self) -> None:
        """To a replica whose link was cut: what the primary took last is lost."""
        replica = self._another()
        with Door(self._port) as link, replica.client() as client:
            client.replicaof("127.0.0.1", str(link.port))
            self._wait_for(replica)
            link.cut()
            time.sleep(LAG_SECONDS)
            self._forwarder.cut()
            self.primary.kill()
            client.replicaof("NO", "ONE")
            client.config_set("port", self._port)
        replica.port, self.primary = self._port, replica
        time.sleep(LATER_SECONDS)
        self._forwarder.move(self._port)

    def cut_off_the_second(self, seconds: float) -> None:
        """Its instance cannot reach the cache; the other can."""
        self._forwarder.cut()
        time.sleep(seconds)
        self._forwarder.move(self._port)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._forwarder.close()
        self.primary.stop()

    def _another(self) -> Valkey:
        self._started += 1
        folder = self._folder / f"valkey-{self._started}"
        folder.mkdir(parents=True)
        if self._started > 1:  # clients know one password, wherever the endpoint leads
            (folder / "password").write_text(self.primary.password)
        server = Valkey(folder).start()
        with server.client() as client:
            client.config_set("masterauth", server.password)
            client.config_set("repl-diskless-sync-delay", 0)
        return server

    def _wait_for(self, replica: Valkey) -> None:
        deadline = time.monotonic() + SYNC_SECONDS
        with replica.client() as client:
            while client.info("replication")["master_link_status"] != "up":
                if time.monotonic() > deadline:
                    raise AssertionError("the replica did not catch up with its primary")
                time.sleep(0.05)
