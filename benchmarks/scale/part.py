"""Part: cost curves, and the arithmetic from there to ten thousand plants."""

from collections.abc import Callable, Sequence
from dataclasses import asdict

from benchmarks.finding import Figure, Finding, Part, clocked, machine
from benchmarks.report import table
from benchmarks.scale import arithmetic, instances, members, plants, readings, viewers
from benchmarks.scale.arithmetic import Demand
from benchmarks.scale.charts import chart
from benchmarks.scale.curves import HEAD, Curve, row

# By the chart's name: what is measured, and its title.
GROUPS = {
    "readings": (readings.measure, "Readings: what one costs"),
    "viewers": (viewers.measure, "Open pages: what one costs the live process"),
    "members": (members.measure, "A leaderboard: what one costs"),
    "instances": (instances.measure, "Instances: what one asks of the engines"),
    "plants": (plants.measure, "Plants in one environment: what each costs"),
}
FLEETS = (10, 100, 1_000, 10_000)
FLEET_HEAD = (
    *("plants", "environments", "plants in each", "instances in each", "cache nodes", "databases"),
    *("dollars a month", "a plant", "storage, more each month"),
)
_SHARE_HEAD = ("of one plant, a second", "ms of CPU", "plants that fill half a CPU")


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
        {f"scale-{name}.svg": _drawn(name, curves) for name, curves in groups.items()},
    )


def fleet_rows(each: Demand, fleets: Sequence[int] = FLEETS) -> list[list[str]]:
    rows = []
    for fleet in fleets:
        cells, one = arithmetic.cheapest(fleet, each)
        dollars, nodes = cells * one.dollars, cells * arithmetic.COPIES
        rows.append(
            [
                *(f"{number:,}" for number in (fleet, cells, one.plants, one.instances)),
                *(f"{nodes:,} x {kind}" for kind in (arithmetic.CACHE, arithmetic.DATABASE)),
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
        ("its instances: web, live, drain", each.instances),
        ("Valkey", each.valkey),
        ("PostgreSQL", each.postgres),
        ("names, of each web process", each.names),
        ("the sweep, of one drain", each.sweep),
        ("the round of rankings, of each drain", each.round),
    ]
    share_rows = [
        [what, f"{share * 1e3:.3f}", f"{int(arithmetic.USED / share):,}" if share else "any"]
        for what, share in shares
    ]
    limit_rows = [
        [what, f"{most:,}"]
        for what, most in sorted(arithmetic.limits(each).items(), key=lambda limit: limit[1])
    ]
    return (
        f"### One plant\n\n{table(_SHARE_HEAD, share_rows)}\n\n"
        "### What bounds one environment\n\n"
        f"{table(('what is at half of its power', 'plants'), limit_rows)}\n\n"
        f"### Ten thousand plants\n\n{table(FLEET_HEAD, fleet_rows(each))}"
    )


def _figure(each: Curve) -> Figure:
    return clocked(each.name, each.last, each.unit)


PART = Part("scale", "## Measured", measure, "scale.md")
