"""Faults of instances and of the database: killed, deployed to one by one, without their drain."""

import itertools
import signal
import time

import psutil

from app.streams.landing import GROUP
from lab.chaos.breaking import Breaking
from lab.cluster.instance import Instance
from lab.processes import with_children

AWAY_SECONDS = 5.0
# How long the balancer lets a target that was taken out finish what it has.
DRAINING_SECONDS = 3.0
# How long a drain is looked at for a moment in which it holds a batch.
CAUGHT_SECONDS = 20.0


def instance_killed(breaking: Breaking) -> None:
    """Everything on one instance is killed (-9); it comes back after some seconds."""
    victim = breaking.fleet.instances[0]
    victim.kill()
    breaking.wait(AWAY_SECONDS)
    victim.start()
    victim.await_answer(giving_up=breaking.stopping)
    breaking.in_service(victim)


def rolling_deployment(breaking: Breaking) -> None:
    """Each instance in turn: out of the balancer, drained, stopped, started, and in again."""
    balancer = breaking.fleet.balancer
    for instance in breaking.fleet.instances:
        balancer.deregister(instance.name)
        breaking.wait(DRAINING_SECONDS)
        instance.stop()
        instance.start()
        instance.await_answer(giving_up=breaking.stopping)
        balancer.register(instance.name, instance.port)
        breaking.in_service(instance)


def drain_killed(breaking: Breaking) -> None:
    """A drain is killed (-9) while it holds a batch; it is started again within a second."""
    deadline = time.monotonic() + CAUGHT_SECONDS
    for instance in itertools.cycle(breaking.fleet.instances):
        # Frozen between two looks: what it holds then, it holds when it dies.
        instance.signal(signal.SIGSTOP, "drain")
        caught = _holds_a_batch(breaking, instance)
        if caught or breaking.stopping.is_set() or time.monotonic() > deadline:
            instance.signal(signal.SIGKILL, "drain")
            breaking.remark = f"{instance.name}'s, {'with' if caught else 'without'} one in hand"
            return
        instance.signal(signal.SIGCONT, "drain")
        breaking.wait(0.01)


def database_killed(breaking: Breaking) -> None:
    """PostgreSQL and all its processes are killed (-9), and started on the same data."""
    postgres = breaking.fleet.postgres
    below = with_children(postgres.folder / "pid")
    postgres.kill()
    # They hold the shared memory, which a new server does not take from them.
    psutil.wait_procs(below, timeout=AWAY_SECONDS)
    breaking.wait(AWAY_SECONDS)
    postgres.start()


def _holds_a_batch(breaking: Breaking, instance: Instance) -> bool:
    parts = breaking.fleet.parts
    return any(
        consumer["name"].decode() == instance.name and consumer["pending"]
        for stream in parts.landing.streams
        for consumer in parts.redis.xinfo_consumers(stream, GROUP)
    )
