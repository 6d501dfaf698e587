"""What is made of measured costs: where a curve bends, how many plants fit, and the drawing."""

import math
from dataclasses import replace
from xml.etree import ElementTree as ET

import msgspec
import pytest

from benchmarks import report
from benchmarks.scale import arithmetic
from benchmarks.scale.arithmetic import Demand, NoRoom, Plant, cell, cheapest, demand, limits
from benchmarks.scale.charts import chart
from benchmarks.scale.curves import Curve, curve, row, told
from benchmarks.scale.part import drawings
from benchmarks.scale.spending import Spent, beyond

IMAGES = report.DOCS / "images"
# A hundredth of a CPU of everything, and half a byte.
EACH = Demand(0.01, 0.01, 0.01, 0.0001, 0.001, 0.0001, 0.001, 0.5)


@pytest.mark.parametrize(
    ("costs", "bends_at", "growth"),
    [
        ({1: 10, 2: 10, 4: 10}, None, 1.0),
        ({1: 10, 2: 13, 4: 13}, None, 1.3),
        ({1: 10, 2: 11, 4: 14}, 4, 1.4),
        ({1: 10, 2: 14, 4: 10}, 2, 1.0),
        # One that gets cheaper does not bend.
        ({1: 10, 2: 5, 4: 1}, None, 0.1),
        # What cost nothing at first has no multiple.
        ({1: 0, 2: 0, 4: 0}, None, 1.0),
    ],
)
def test_a_curve_bends_where_one_costs_clearly_more_than_at_first(
    costs: dict[int, float], bends_at: float | None, growth: float
) -> None:
    found = curve("reading", "readings", "µs", costs)

    assert found.bends_at == bends_at
    assert found.growth == pytest.approx(growth)


def test_a_row_tells_the_costs_at_each_number_and_where_they_bend() -> None:
    cells = row(curve("reading", "readings", "µs", {1_000: 2.0, 4_000: 5.0}, "one thread"))

    assert cells == ["reading", "µs", "1,000 · 4,000", "2 · 5", "2.50", "at 4,000", "one thread"]


@pytest.mark.parametrize(
    ("cost", "words"), [(12_345.6, "12,346"), (99.96, "100"), (1.23456, "1.23"), (0.0, "0")]
)
def test_a_cost_is_told_with_three_digits(cost: float, words: str) -> None:
    assert told(cost) == words


def test_what_is_spent_doing_nothing_is_not_a_readings_cost() -> None:
    idle, busy = Spent(seconds=5.0, cpu={"web": 1.0}), Spent(seconds=10.0, cpu={"web": 5.0})

    assert beyond(busy, idle, "web") == pytest.approx(3.0)
    assert beyond(idle, busy, "web") == 0.0


def test_a_plants_demand_is_its_rates_times_their_costs() -> None:
    names = (
        *("reading, web", "reading, drain", "reading, Valkey", "reading, PostgreSQL"),
        *("board page, web", "board page, Valkey", "board page, PostgreSQL"),
        *("delivery", "opening", "reading, stored"),
        *("page open a minute, live", "page open a minute, Valkey"),
        *("page open a minute, PostgreSQL", "sensor's name, read anew"),
        *("line, looked at by the sweep", "ranking, looked at by the round"),
        "ranking, looked at by the round, Valkey",
    )
    nothing = dict.fromkeys(names, 0.0)
    plant = Plant(readings=8, lines=4, sensors=80, pages=12, rankings=60)

    assert demand(nothing, plant) == Demand(0, 0, 0, 0, 0, 0, 0, 0)
    assert demand(nothing | {"reading, drain": 100}, plant).instances == pytest.approx(800e-6)
    assert demand(nothing | {"reading, Valkey": 100}, plant).valkey == pytest.approx(800e-6)
    # Milliseconds a minute and page: a fifth of a minute's worth of twelve pages each second.
    told = demand(nothing | {"page open a minute, live": 10}, plant)
    assert told.instances == pytest.approx(2e-3)
    assert demand(nothing | {"sensor's name, read anew": 5}, plant).names == pytest.approx(200e-6)
    assert demand(nothing | {"line, looked at by the sweep": 500}, plant).sweep == pytest.approx(
        1e-3
    )


def test_the_smallest_limit_bounds_an_environment() -> None:
    found = limits(EACH)

    assert found["one drain looks at every line"] == 500
    # It has two CPUs.
    assert found["PostgreSQL, db.m7g.large"] == 100
    assert "one drain looks at every line" not in limits(replace(EACH, sweep=0))


def test_instances_carry_their_plants_and_what_each_instance_does_for_all() -> None:
    one = cell(35, EACH)

    assert one is not None
    # 35 x (0.01 + 0.001) of 0.2 less 35 x (2 x 0.0001 + 0.0001) each.
    assert one.instances == math.ceil(0.385 / (0.2 - 0.0105)) == 3
    assert cell(1, EACH) == arithmetic.Cell(1, 2, 1, arithmetic.dollars(2, 1))
    # Each instance would do nothing but read names.
    assert cell(1_000, EACH) is None


def test_shards_carry_the_plants_and_the_rounds_of_every_drain() -> None:
    # 35 x (0.01 + 3 x 0.001) of 0.5, and the same with rounds that cost nothing.
    carried = [cell(35, EACH), cell(35, replace(EACH, round_of_valkey=0.0))]

    assert [each.shards for each in carried if each] == [1, 1]
    # 40 x (0.01 + 3 x 0.001).
    carried = [cell(40, EACH), cell(40, replace(EACH, round_of_valkey=0.0))]
    assert [each.shards for each in carried if each] == [2, 1]


def test_a_fleet_is_carried_within_every_limit_and_at_no_higher_price_than_fewer_could() -> None:
    cells, one = cheapest(1_000, EACH)

    assert cells * one.plants >= 1_000
    assert one.plants <= min(limits(EACH).values())
    for fewer in range(20, cells):
        other = cell(math.ceil(1_000 / fewer), EACH)
        assert other is None or fewer * other.dollars >= cells * one.dollars


def test_a_fleet_that_no_environment_carries_is_refused() -> None:
    with pytest.raises(NoRoom, match="no environment carries any of 10 plants"):
        cheapest(10, replace(EACH, names=1.0))
    with pytest.raises(NoRoom):
        cheapest(10, replace(EACH, names=0.15))


def test_a_months_storage_is_paid_for_in_both_copies() -> None:
    # Half a byte a second, 730 hours, 0.115 dollars a gigabyte, twice.
    assert arithmetic.stored_dollars(1_000_000, EACH) == pytest.approx(1_314 * 0.115 * 2)


def test_a_drawing_is_an_svg_with_every_curve_in_it() -> None:
    drawn = chart(
        "Readings & co",
        [
            curve("reading, <web>", "readings", "µs", {1: 2, 2: 2, 4: 2}),
            curve("reading, drain", "readings", "µs", {1: 2, 2: 4, 4: 2_000}),
        ],
    )
    found = ET.fromstring(drawn)  # noqa: S314 (drawn here)
    lines = [
        each.get("points") or "" for each in found.iter("{http://www.w3.org/2000/svg}polyline")
    ]
    flat, steep = ([place.split(",")[1] for place in line.split()] for line in lines)
    words = [each.text for each in found.iter("{http://www.w3.org/2000/svg}text")]

    assert len(set(flat)) == 1
    # The higher the cost, the smaller the ordinate: double, and double again.
    assert float(steep[0]) > float(steep[1]) > float(steep[2])
    assert {"reading, <web>", "reading, drain", "Readings & co"} <= set(words)
    assert {"1", "2", "4", "readings"} <= set(words)


def test_the_drawings_in_the_documentation_are_of_the_numbers_beside_them() -> None:
    groups = msgspec.convert(report.numbers()["scale"].numbers["curves"], dict[str, list[Curve]])
    drawn = drawings(groups)

    assert sorted(drawn) == sorted(path.name for path in IMAGES.glob("scale-*.svg"))
    for name, drawing in drawn.items():
        assert (IMAGES / name).read_text() == drawing
