"""Faults of the cache, and of the way to it."""

import signal

from lab.chaos.breaking import Breaking
from lab.chaos.history import clock
from lab.chaos.wiping import wipe
from lab.cluster.caches import Replicated

# How long nobody notices that a primary is dead. A real group takes some tens of seconds; what
# happens then is the same, and nobody wants to watch it.
UNNOTICED_SECONDS = 2.0
# What a primary took in its last moments, and no replica had heard of yet.
UNHEARD_SECONDS = 2.0
AWAY_SECONDS = 5.0
# A cluster elects somebody after its nodes' time-out of two seconds, and another settles it.
ELECTION_SECONDS = 8.0


def primary_killed(breaking: Breaking) -> None:
    """The primary is killed (-9); a replica takes its place, and another server the replica's."""
    cache = breaking.fleet.cache
    breaking.unsure_from = clock() - UNHEARD_SECONDS
    breaking.owes(*breaking.fleet.instances)
    if isinstance(cache, Replicated):
        cache.group.primary.kill()
        breaking.wait(UNNOTICED_SECONDS)
        cache.group.fail_over()
        cache.group.replace_the_dead()
        return
    victim = cache.shards.serving(breaking.fleet.parts.landing.streams[0])
    victim.kill()
    breaking.wait(ELECTION_SECONDS)
    victim.start()


def instance_cut_off(breaking: Breaking) -> None:
    """One instance's connections to the cache are cut, and new ones are refused."""
    instance = breaking.fleet.instances[-1]
    door = breaking.door(instance)
    before = door.behind
    breaking.owes(instance)
    door.cut()
    breaking.wait(AWAY_SECONDS)
    door.move(before)


def instance_unheard(breaking: Breaking) -> None:
    """Nothing passes between one instance and the cache, and no connection ends."""
    instance = breaking.fleet.instances[-1]
    door = breaking.door(instance)
    breaking.owes(instance)
    door.silence()
    breaking.wait(AWAY_SECONDS)
    door.speak()


def cache_wiped(breaking: Breaking) -> None:
    """Everything in the cache is forgotten at once (FLUSHALL)."""
    for primary in breaking.fleet.cache.primaries():
        for kind, numbers in wipe(primary, breaking.fleet.parts.landing.streams).items():
            breaking.lost.setdefault(kind, []).extend(numbers)
    lost = sum(map(len, breaking.lost.values()))
    breaking.remark = f"{lost} items were in the cache alone"


def cache_frozen(breaking: Breaking) -> None:
    """The primary stands still (SIGSTOP), and goes on as if nothing had been."""
    primary = breaking.fleet.cache.primaries()[0]
    breaking.owes(*breaking.fleet.instances)
    primary.signal(signal.SIGSTOP)
    breaking.wait(AWAY_SECONDS)
    primary.signal(signal.SIGCONT)
