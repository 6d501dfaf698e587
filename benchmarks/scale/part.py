"""Part: cost curves, and the arithmetic from there to ten thousand plants."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

from benchmarks.finding import Figure, Finding, Part, clocked, machine
from benchmarks.report import table
from benchmarks.scale import arithmetic, instances, members, plants, readings, viewers, writes
from benchmarks.scale.arithmetic import Demand, Plant
from benchmarks.scale.charts import chart
from benchmarks.scale.curves import HEAD, Curve, row

# By the chart's name: what is measured, and its title.
GROUPS = {
    "readings": (readings.measure, "Readings: what one costs"),
    "viewers": (viewers.measure, "Open pages: what one costs the live process"),
    "members": (members.measure, "A leaderboard: what one costs"),
    "instances": (instances.measure, "Instances: what one asks of the engines"),
    "writes": (writes.measure, "Writes of cached tables: what one costs"),
    "plants": (plants.measure, "Plants in one environment: what each costs"),
}
FLEETS = (10, 100, 1_000, 10_000)
FLEET_HEAD = (
    *("plants", "environments", "plants in each", "instances in each", "shards in each"),
    *("instances", "cache nodes", "database nodes"),
    *("dollars a month", "a plant", "storage, more each month"),
)
_SHARE_HEAD = (
    *("of one plant, a second", "ms of CPU", "plants that fill half a CPU"),
    "the curves above it is made of, at their last point",
)
_FLEET = (
    "The cheapest number of environments within all bounds. Half of the power is used. An instance "
    f"is a `{arithmetic.INSTANCE}`, which gives {arithmetic.INSTANCE_CPUS:g} CPUs for good, and "
    "does what goes over all plants once more; cache and database are twice there. Storage is what "
    "the readings of one month add to the bill of every later one."
)


def measure(tell: Callable[[str], None]) -> Finding:
    """Each experiment with engines of its own."""
    on = machine("granian", "redis", "sqlalchemy")
    return found(on, {name: measured(tell) for name, (measured, _) in GROUPS.items()})


def found(on: str, groups: dict[str, list[Curve]]) -> Finding:
    every = [each for curves in groups.values() for each in curves]
    each = arithmetic.demand({curve.name: curve.last for curve in every})
    shown = "\n\n".join(_group(name, curves) for name, curves in groups.items())
    return Finding(
        on,
        shown,
        _to_ten_thousand(each),
        [_figure(curve) for curve in every],
        {"curves": {name: [asdict(one) for one in curves] for name, curves in groups.items()}},
        drawings(groups),
    )


def drawings(groups: Mapping[str, Sequence[Curve]]) -> dict[str, str]:
    """Each group's, by its file's name."""
    return {f"scale-{name}.svg": _drawn(name, curves) for name, curves in groups.items()}


def fleet_rows(each: Demand, fleets: Sequence[int] = FLEETS) -> list[list[str]]:
    rows = []
    for fleet in fleets:
        cells, one = arithmetic.cheapest(fleet, each)
        dollars, nodes = cells * one.dollars, cells * arithmetic.COPIES
        numbers = (fleet, cells, one.plants, one.instances, one.shards, cells * one.instances)
        rows.append(
            [
                *(f"{number:,}" for number in numbers),
                f"{one.shards * nodes:,} x {arithmetic.CACHE}",
                f"{nodes:,} x {arithmetic.DATABASE}",
                f"{dollars:,.0f}",
                f"{dollars / fleet:,.2f}",
                f"{arithmetic.stored_dollars(fleet, each):,.0f}",
            ]
        )
    return rows


def _group(name: str, curves: Sequence[Curve]) -> str:
    title = GROUPS[name][1]
    rows = table(HEAD, [row(each) for each in curves])
    return f"### {title}\n\n![{title}](images/scale-{name}.svg)\n\n{rows}"


def _drawn(name: str, curves: Sequence[Curve]) -> str:
    # What is counted against another number has no place on the same axis.
    of = curves[0].of
    return chart(GROUPS[name][1], [each for each in curves if each.of == of])


def _to_ten_thousand(each: Demand) -> str:
    shares = [
        [what, f"{share * 1e3:.3f}", f"{int(arithmetic.USED / share):,}" if share else "any", by]
        for what, share, by in (
            ("its instances", each.instances, "reading, page, delivery, opening, page open"),
            ("Valkey", each.valkey, "reading, board page, page open"),
            ("PostgreSQL", each.postgres, "reading, board page, page open"),
            ("names, of each web process", each.names, "sensor's name, read anew"),
            ("the sweep, of one drain", each.sweep, "line, looked at by the sweep"),
            ("the round, of each drain", each.round, "ranking, looked at by the round"),
            ("that round, of Valkey", each.round_of_valkey, "the same, Valkey"),
        )
    ]
    bounds = sorted(arithmetic.limits(each).items(), key=lambda limit: limit[1])
    bound_rows = [[what, f"{most:,}"] for what, most in bounds]
    return (
        f"### One plant\n\n{_plant(Plant())}\n\n{table(_SHARE_HEAD, shares)}\n\n"
        "### What bounds one environment\n\n"
        f"{table(('what is at half of its power', 'with so many plants'), bound_rows)}\n\n"
        f"### Ten thousand plants\n\n{_FLEET}\n\n{table(FLEET_HEAD, fleet_rows(each))}"
    )


def _plant(plant: Plant) -> str:
    return (
        f"A plant is taken to have {plant.lines} lines with {plant.sensors} sensors that send "
        f"{plant.readings:g} readings a second, a hundred at a time; {plant.pages} open pages, to "
        f"which {plant.deliveries:g} events a second go in all, and which come anew every ten "
        f"minutes; a board loaded every {1 / plant.views:.0f} s; and {plant.rankings} rankings "
        "that are kept. Another plant is another `Plant` in `benchmarks/scale/arithmetic.py`."
    )


def _figure(each: Curve) -> Figure:
    return clocked(each.name, each.last, each.unit)


PART = Part("scale", "## Measured", measure, "scale.md")
