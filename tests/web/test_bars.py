"""Charts of reports: what is drawn, where, and what is not."""

from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

import pytest
from markupsafe import Markup

from app.web import bars
from app.web.bars import Column, Lost, Spread
from app.web.drawing import BOTTOM, HEIGHT, LEFT, TOP, WIDTH


def named(markup: Markup, name: str) -> list[Element]:
    svg = ET.fromstring(markup)  # noqa: S314 the markup is our own
    return [each for each in svg.iter() if each.get("class") == name]


def size(rect: Element, side: str) -> float:
    return float(rect.get(side, "nan"))


def test_columns_stand_on_the_ground_with_scrap_on_top_and_a_mark_where_something_is_due() -> None:
    items = [Column("a", 60, 20, 90), Column("b", 0, 0, None)]
    drawn = bars.columns(items, about="Pieces")
    (good, _), (scrap, _) = named(drawn, "bar-good"), named(drawn, "bar-scrap")

    assert size(good, "y") + size(good, "height") == HEIGHT - BOTTOM
    assert abs(size(scrap, "y") + size(scrap, "height") - size(good, "y")) < 0.2
    assert abs(size(good, "height") - 3 * size(scrap, "height")) < 0.5
    assert len(named(drawn, "due")) == 1


def test_a_year_of_columns_has_few_labels_and_all_are_inside() -> None:
    items = [Column(f"{n:02} Nov", n, 0, 100) for n in range(93)]
    drawn = bars.columns(items, about="Pieces")
    labels = [each for each in named(drawn, "tick") if " Nov" in (each.text or "")]

    assert 5 < len(labels) <= bars.MOST_LABELS
    assert all(LEFT < size(label, "x") < WIDTH for label in labels)


def test_the_line_of_a_pareto_ends_at_the_top() -> None:
    items = [Lost("x", 30, 0.75), Lost("y", 10, 1.0)]
    drawn = bars.pareto(items, about="Lost")
    *_, last = named(drawn, "cumulative-dot")

    assert f" {TOP:.1f}" in last.get("d", "")
    assert len(named(drawn, "bar-lost")) == 2


def test_one_that_is_far_worse_stands_at_the_edge_and_leaves_the_others_their_room() -> None:
    items = [Spread("a", 2, 4, 6, 5), Spread("b", 2, 4, 6000, 5)]
    drawn = bars.spreads(items, about="Times")
    places = [float(each.get("d", "").split()[0][1:]) for each in named(drawn, "worst")]

    assert bars.NAMES < places[0] < places[1] <= WIDTH - bars.FIGURES
    assert "6,000 min" in drawn


def test_each_is_late_from_a_moment_of_its_own() -> None:
    items = [Spread("a", 1, 2, 3, 5), Spread("b", 1, 2, 3, 10), Spread("c", 1, 2, 3, None)]
    limits = named(bars.spreads(items, about="Times"), "limit")
    first, second = (float(each.get("d", "").split()[0][1:]) for each in limits)

    assert second - bars.NAMES == pytest.approx(2 * (first - bars.NAMES), abs=0.2)


def test_a_share_above_all_is_cut_and_none_is_nothing() -> None:
    widths = [size(named(bars.share(value), "share-bar")[0], "width") for value in (1.2, 0.5, None)]

    assert widths == [100, 50, 0]


def test_what_is_empty_is_drawn_empty_and_names_are_escaped() -> None:
    assert not named(bars.columns([], about=""), "bar-good")
    assert not named(bars.pareto([], about=""), "bar-lost")
    assert not named(bars.spreads([], about=""), "spread")
    assert "<b>" not in bars.pareto([Lost("<b>", 1, 1)], about='"<b>')
