"""A primary and its replica, an address that follows the primary, and a link that can be cut."""

import signal
from pathlib import Path
from typing import Self

from lab.door import Door
from lab.engines import Valkey
from tests.sessions.served import until


class Pair:
    """Two servers; the second follows the first through a link of its own."""

    def __init__(self, folder: Path) -> None:
        self.primary = Valkey(folder / "primary").start()
        (folder / "replica").mkdir()
        (folder / "replica" / "password").write_text(self.primary.password)
        self.replica = Valkey(folder / "replica").start()
        self.link = Door(self.primary.port)
        self.address = Door(self.primary.port)
        for server in (self.primary, self.replica):
            with server.client() as client:
                client.config_set("masterauth", server.password)
                client.config_set("repl-diskless-sync-delay", 0)

    @property
    def url(self) -> str:
        """Where the primary is, whoever that may be."""
        return self.primary.url.replace(f":{self.primary.port}/", f":{self.address.port}/")

    def follow(self) -> Self:
        """Attach the replica, and wait until it has all that there is."""
        with self.replica.client() as client:
            client.replicaof("127.0.0.1", str(self.link.port))
            until(lambda: client.info("replication")["master_link_status"] == "up")
        self.wait_in_step()
        return self

    def wait_in_step(self) -> None:
        """Until the replica has all that was written so far."""
        until(lambda: self._offset(self.primary) == self._offset(self.replica))

    def freeze_replica(self) -> None:
        """It takes nothing in; its kernel still does."""
        self.replica.signal(signal.SIGSTOP)

    def cut_link(self) -> None:
        """What the primary takes from now on never gets to the replica."""
        self.link.cut()

    def fail_over(self) -> None:
        """The primary dies; the replica is promoted, and found where the primary was."""
        self.primary.kill()
        self.replica.signal(signal.SIGCONT)
        with self.replica.client() as client:
            client.replicaof("NO", "ONE")
        self.address.move(self.replica.port)

    def close(self) -> None:
        for end in (self.link, self.address):
            end.close()
        for server in (self.primary, self.replica):
            server.signal(signal.SIGCONT)
            server.kill()

    @staticmethod
    def _offset(server: Valkey) -> int:
        with server.client() as client:
            return int(client.info("replication")["master_repl_offset"])
