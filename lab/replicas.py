"""A primary, its replicas, and who takes over: as a replication group of ElastiCache does it."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from redis.exceptions import RedisError

from lab.door import Door
from lab.engines import START_SECONDS, EngineFailed, Valkey

REPLICAS = 2


class Member(Valkey):
    """A server that takes writes, or follows the one that does."""

    follows = 0

    def replication(self) -> dict[str, Any]:
        """What it says of itself and those that follow it; nothing while it does not answer."""
        with suppress(RedisError), self.client() as client:
            told: dict[str, Any] = client.info("replication")
            return told
        return {}

    def _settings(self) -> str:
        following = f"replicaof 127.0.0.1 {self.follows}\n" if self.follows else ""
        return (
            super()._settings()
            + f"primaryauth {self.password}\nrepl-diskless-sync-delay 0\n"
            + following
        )


class Replicas:
    """One server takes writes at a time; who dials a door of this group reaches that one.

    A door follows a failover, as the group's primary endpoint does: its address stays.
    """

    def __init__(self, folder: Path) -> None:
        self.members = [Member(folder / f"valkey-{number + 1}") for number in range(1 + REPLICAS)]
        for member in self.members:
            member.password = self.members[0].password
        self.primary = self.members[0]
        self._doors: list[Door] = []

    def start(self) -> Self:
        """Start all, and wait until those that follow are in step."""
        self.primary.start()
        for member in self._others():
            member.follows = self.primary.port
            member.start()
        self._await_link(self._others())
        return self

    def stop(self) -> None:
        for door in self._doors:
            door.close()
        for member in self.members:
            member.stop()

    def door(self) -> Door:
        """Another address of whoever takes writes, which can be cut or silenced alone."""
        door = Door(self.primary.port)
        self._doors.append(door)
        return door

    def url(self, door: Door) -> str:
        return self.primary.url.replace(f":{self.primary.port}/", f":{door.port}/")

    def fail_over(self) -> None:
        """Let the replica that has heard most take the place of the primary, which is dead."""
        for door in self._doors:
            door.cut()
        dead, others = self.primary, self._others()
        self.primary = max(others, key=_heard)
        self.primary.ask("REPLICAOF", "NO", "ONE")
        self.primary.follows = 0
        for member in others:
            if member is not self.primary:
                member.follows = self.primary.port
                member.ask("REPLICAOF", "127.0.0.1", str(self.primary.port))
        dead.follows = self.primary.port
        for door in self._doors:
            door.move(self.primary.port)

    def replace_the_dead(self) -> None:
        """Start whoever died anew, as a follower: what it alone knew is gone."""
        for member in self._others():
            if not member.replication():
                member.start()
        self._await_link(self._others())

    def roles(self) -> list[str]:
        """Each member's name and what it does now."""
        return [
            f"{member.folder.name} {role_in_words(member.replication().get('role'))}"
            for member in self.members
        ]

    def _others(self) -> list[Member]:
        return [member for member in self.members if member is not self.primary]

    def _await_link(self, followers: list[Member]) -> None:
        _wait_until(
            lambda: all(each.replication().get("master_link_status") == "up" for each in followers)
        )


def _heard(member: Member) -> int:
    """How far it has followed; nothing if it does not answer."""
    return int(member.replication().get("slave_repl_offset", -1))


def role_in_words(told: str | None) -> str:
    return {"master": "primary", "slave": "replica", None: "down"}.get(told, str(told))


def _wait_until(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if time.monotonic() > deadline:
            raise EngineFailed(f"the replicas are not in step after {START_SECONDS} s")
        time.sleep(0.05)
