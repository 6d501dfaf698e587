"""Faults of instances and of the database: killed, deployed to one by one, without their drain."""

import signal
from contextlib import closing

import psutil

from lab.chaos.breaking import Breaking
from lab.processes import frozen, with_children

AWAY_SECONDS = 5.0
# How long the balancer lets a target that was taken out finish what it has.
DRAINING_SECONDS = 3.0
# Long enough for each drain to take a batch and begin to store it.
CAUGHT_SECONDS = 1.5
WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


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


def drains_killed(breaking: Breaking) -> None:
    """Every drain is killed (-9) in the middle of storing a batch; each starts again by itself."""
    with closing(breaking.fleet.postgres.connect()) as connection, connection.cursor() as cursor:
        # Whoever stores a reading waits here, in the middle of its transaction.
        cursor.execute("LOCK TABLE reading IN SHARE MODE")
        breaking.wait(CAUGHT_SECONDS)
        cursor.execute(WAITING)
        (caught,) = cursor.fetchone() or (0,)
        for instance in breaking.fleet.instances:
            instance.signal(signal.SIGKILL, "drain")
        connection.rollback()
    breaking.remark = f"{caught} transactions under way"


def database_killed(breaking: Breaking) -> None:
    """PostgreSQL and all its processes are killed (-9), and started on the same data."""
    postgres = breaking.fleet.postgres
    below = with_children(postgres.folder / "pid")
    postgres.kill()
    # They hold the shared memory, which a new server does not take from them.
    psutil.wait_procs(below, timeout=AWAY_SECONDS)
    breaking.wait(AWAY_SECONDS)
    postgres.start()


def database_frozen(breaking: Breaking) -> None:
    """PostgreSQL and all its processes stand still (SIGSTOP), and go on as if nothing had been."""
    with frozen(breaking.fleet.postgres.folder / "pid"):
        breaking.wait(AWAY_SECONDS)
