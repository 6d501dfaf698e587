"""From the costs of one to ten thousand plants: how many share an environment, and at what price.

Plants share nothing but the environment they are in. So there are two questions: what bounds one
environment, and how many of them ten thousand plants need.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from lab.deploycheck.prices import (
    ALARM_MONTH,
    BALANCER_HOUR,
    GP3_GIGABYTE_MONTH,
    HOURS,
    NODE_HOURS,
)

# Half of what there is: the other half is for a lost zone, a rush, and this estimate.
USED = 0.5
INSTANCE, CACHE, DATABASE = "t3.medium", "cache.m7g.large", "db.m7g.large"
# Two virtual CPUs, of which a t3 gives 20 % each for good (from memory); more is on credit.
INSTANCE_CPUS = 2 * 0.2
DATABASE_CPUS = 2.0
# In two zones, each.
COPIES = 2
FEWEST_INSTANCES = 2
ALARMS = 20
WEB_PROCESSES = 2
# The names, the lines and the rankings are each gone over once in so many seconds.
ROUND_SECONDS = 2.0
MONTH_SECONDS = HOURS * 3600


class NoRoom(Exception):
    """One plant is more than an environment carries."""


@dataclass(frozen=True, slots=True)
class Plant:
    """What a plant does, as far as it costs; rates are a second."""

    lines: int = 4
    sensors: int = 80
    # Each sensor once in ten seconds; a gateway a line posts a hundred readings at a time.
    readings: float = 8.0
    # Of screens and people; each hears of four lines ten seconds apart.
    pages: int = 10
    deliveries: float = 4.0
    # A page is loaded every twenty seconds, and a stream opened once in ten minutes by each.
    views: float = 0.05
    openings: float = 10 / 600
    # Three boards in as many windows as are kept: shifts and days of four days, weeks, ever.
    rankings: int = 3 * 20


@dataclass(frozen=True, slots=True)
class Demand:
    """Seconds of CPU a second: of a plant, and of everything that goes over all plants."""

    instances: float
    valkey: float
    postgres: float
    names: float
    sweep: float
    round: float
    round_of_valkey: float
    stored_bytes: float


@dataclass(frozen=True, slots=True)
class Cell:
    """One environment with so many plants."""

    plants: int
    instances: int
    shards: int
    dollars: float


def demand(cost: Mapping[str, float], plant: Plant = Plant()) -> Demand:
    """From the curves' costs, in their units."""
    us, ms = 1e-6, 1e-3
    open_pages = plant.pages / 60
    return Demand(
        instances=us
        * (
            plant.readings * (cost["reading, web"] + cost["reading, drain"])
            + plant.views * cost["board page, web"]
            + plant.deliveries * cost["delivery"]
            + plant.openings * cost["opening"]
        )
        + ms * open_pages * cost["page open a minute, live"],
        valkey=us
        * (
            plant.readings * cost["reading, Valkey"]
            + plant.views * cost["board page, Valkey"]
            + open_pages * cost["page open a minute, Valkey"]
        ),
        postgres=us
        * (
            plant.readings * cost["reading, PostgreSQL"]
            + plant.views * cost["board page, PostgreSQL"]
        )
        + ms * open_pages * cost["page open a minute, PostgreSQL"],
        names=us * plant.sensors * cost["sensor's name, read anew"] / ROUND_SECONDS,
        sweep=us * plant.lines * cost["line, looked at by the sweep"] / ROUND_SECONDS,
        round=us * plant.rankings * cost["ranking, looked at by the round"] / ROUND_SECONDS,
        round_of_valkey=us
        * plant.rankings
        * cost["ranking, looked at by the round, Valkey"]
        / ROUND_SECONDS,
        stored_bytes=plant.readings * cost["reading, stored"],
    )


def limits(each: Demand) -> dict[str, int]:
    """How many plants an environment can have, by what would be at half of its power then.

    Valkey is not among them: its keys spread over shards.
    """
    found = {
        "one drain looks at every line": each.sweep,
        "each drain looks at every ranking": each.round,
        "each web process reads every name": each.names,
        f"PostgreSQL, {DATABASE}": each.postgres / DATABASE_CPUS,
    }
    return {what: int(USED / share) for what, share in found.items() if share > 0}


def cell(plants: int, each: Demand) -> Cell | None:
    """The environment for so many plants; None where no number of instances carries them."""
    of_plants = plants * each.instances + plants * each.sweep
    # Every instance more reads all names and looks at all rankings once more.
    of_instance = plants * (WEB_PROCESSES * each.names + each.round)
    left = INSTANCE_CPUS * USED - of_instance
    if left <= 0:
        return None
    instances = max(FEWEST_INSTANCES, math.ceil(of_plants / left))
    of_valkey = plants * (each.valkey + instances * each.round_of_valkey)
    shards = max(1, math.ceil(of_valkey / USED))
    return Cell(plants, instances, shards, dollars(instances, shards))


def dollars(instances: int, shards: int) -> float:
    """A month of an environment, without traffic, requests, and what is stored."""
    hour = instances * NODE_HOURS[INSTANCE] + BALANCER_HOUR
    hour += COPIES * (shards * NODE_HOURS[CACHE] + NODE_HOURS[DATABASE])
    return hour * HOURS + ALARMS * ALARM_MONTH


def stored_dollars(plants: int, each: Demand) -> float:
    """What a month of readings costs in every month after it, in both copies."""
    gigabytes = plants * each.stored_bytes * MONTH_SECONDS / 1e9
    return COPIES * gigabytes * GP3_GIGABYTE_MONTH


def cheapest(plants: int, each: Demand) -> tuple[int, Cell]:
    """How many cells, and which: the cheapest way to carry so many plants, or `NoRoom`."""
    most = min(*limits(each).values(), plants)
    ways = []
    for cells in _numbers_to_try(plants, most):
        one = cell(math.ceil(plants / cells), each)
        if one is not None:
            ways.append((cells * one.dollars, cells, one))
    if not ways:
        raise NoRoom(f"no environment carries any of {plants} plants")
    _, cells, one = min(ways, key=lambda way: way[0])
    return cells, one


def _numbers_to_try(plants: int, most: int) -> range:
    """From as few cells as the limits allow; twenty times as many are never cheaper."""
    if most < 1:
        return range(0)
    fewest = math.ceil(plants / most)
    return range(fewest, 20 * fewest + 1)
