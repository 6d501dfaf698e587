"""A fault while it lasts: what it may reach, and what has to be noted of it."""

import threading
from dataclasses import dataclass, field

from lab.cluster.caches import Replicated
from lab.cluster.fleet import Fleet
from lab.cluster.instance import Instance
from lab.door import Door


@dataclass(slots=True)
class Breaking:
    """The fleet, the event that ends everything, and what the judge has to know afterwards."""

    fleet: Fleet
    stopping: threading.Event
    lost: dict[str, list[int]] = field(default_factory=dict)
    unsure_from: float | None = None
    owing: list[str] = field(default_factory=list)
    # What was met with, for people.
    remark: str = ""

    def wait(self, seconds: float) -> None:
        """Let it be broken for so long."""
        self.stopping.wait(seconds)

    def owes(self, *instances: Instance) -> None:
        """These cannot reach the cache: a write of theirs may go on, and leave a debt."""
        self.owing += [instance.name for instance in instances]

    def in_service(self, instance: Instance) -> None:
        """Wait until the balancer sends it requests, or everything is over."""
        while not self.fleet.balancer.is_in_service(instance.name):
            if self.stopping.wait(0.1):
                return

    def door(self, instance: Instance) -> Door:
        """The instance's own way to a cache that has replicas."""
        cache = self.fleet.cache
        if not isinstance(cache, Replicated):
            raise TypeError("the nodes of a cluster are dialled past any door")
        return cache.doors[instance.name]
