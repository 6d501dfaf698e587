import re
from datetime import UTC, datetime, timedelta
from math import nan
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

import pytest
from markupsafe import Markup

from app.web import charts, drawing

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def drawn(markup: Markup) -> Element:
    return ET.fromstring(markup)  # noqa: S314 the markup is our own


def named(svg: Element, name: str) -> list[Element]:
    return [each for each in svg.iter() if each.get("class") == name]


def places(path: Element) -> list[tuple[float, float]]:
    pairs = re.findall(r"[ML](\S+?) ([\d.-]+)", path.get("d", ""))
    return [(float(across), float(down)) for across, down in pairs]


def texts(svg: Element, name: str) -> list[str]:
    return [each.text or "" for each in named(svg, name)]


def minutes(*values: float) -> list[charts.Point]:
    return [(NOON + n * MINUTE, value) for n, value in enumerate(values)]


def buckets(
    *starts: int, least: float = 9, mean: float = 10, most: float = 11
) -> list[charts.Bucket]:
    return [(NOON + n * MINUTE, least, mean, most) for n in starts]


def history(
    *of: charts.Bucket,
    low: float | None = None,
    high: float | None = None,
    hours: float = 1,
    since: datetime = NOON,
    unit: str = "°C",
) -> Element:
    until = since + timedelta(hours=hours)
    return drawn(charts.history(of, low=low, high=high, since=since, until=until, unit=unit))


def spark(
    points: list[charts.Point], low: float | None = None, high: float | None = None
) -> Element:
    return drawn(charts.sparkline(points, low=low, high=high, width=160, height=40))


# ---- Progress


def test_the_bar_and_the_mark_are_shares_of_the_shift_target() -> None:
    svg = drawn(charts.progress(50, 75, full=200))

    assert named(svg, "progress-bar")[0].get("width") == "25.00"
    assert named(svg, "progress-mark")[0].get("x") == "37.50"


def test_the_bar_never_leaves_its_track() -> None:
    svg = drawn(charts.progress(300, 100, full=200))

    assert named(svg, "progress-bar")[0].get("width") == "100.00"
    assert named(svg, "progress-mark")[0].get("x") == "33.33"


def test_a_line_without_a_target_has_no_mark() -> None:
    svg = drawn(charts.progress(0, None))

    assert named(svg, "progress-mark")[0].get("width") == "0"
    assert named(svg, "progress-bar")[0].get("width") == "0.00"


# ---- Sparkline


def test_a_sparkline_rises_with_its_values() -> None:
    (line,) = named(spark(minutes(1, 2, 4)), "spark-line")
    across, down = zip(*places(line), strict=True)

    assert list(across) == sorted(across)
    assert list(down) == sorted(down, reverse=True)


def test_a_sparkline_says_its_range_and_its_last_value() -> None:
    assert spark(minutes(3, 9.5, 4)).get("aria-label") == "From 3 to 9.5, last 4"


def test_a_sparkline_of_nothing_says_so() -> None:
    svg = spark([])

    assert svg.get("aria-label") == "No values yet"
    assert list(svg) == []


@pytest.mark.parametrize("points", [minutes(7), minutes(7, 7, 7), minutes(0, 0)])
def test_a_single_point_and_a_constant_stand_in_the_middle(points: list[charts.Point]) -> None:
    (line,) = named(spark(points), "spark-line")

    assert {down for _, down in places(line)} == {20.0}


def test_a_sparkline_is_not_drawn_across_a_silence() -> None:
    points = [*minutes(*range(10)), (NOON + timedelta(hours=1), 5.0)]

    assert [len(places(line)) for line in named(spark(points), "spark-line")] == [10, 1]


def test_readings_that_come_unevenly_are_one_line() -> None:
    points = [(NOON + timedelta(seconds=s), 1.0) for s in (0, 9, 21, 30, 52, 60)]

    assert len(named(spark(points), "spark-line")) == 1


def test_the_safe_range_lies_between_the_limits() -> None:
    svg = spark(minutes(50, 100), low=20, high=80)
    (safe,) = named(svg, "spark-safe")
    top = float(safe.get("y", ""))
    (line,) = named(svg, "spark-line")
    first, last = (down for _, down in places(line))

    assert top < first < top + float(safe.get("height", ""))
    assert last < top


def test_values_that_are_no_numbers_are_left_out() -> None:
    assert "nan" not in charts.sparkline(
        minutes(1, nan, 2), low=None, high=None, width=160, height=40
    )


# ---- History


def test_a_spike_within_one_bucket_reaches_its_full_height() -> None:
    svg = history(*buckets(0, 1), (NOON + 2 * MINUTE, 9, 10, 90), *buckets(3, 4), high=90)
    (band,) = named(svg, "band")
    (limit,) = named(svg, "limit")

    assert min(down for _, down in places(band)) == places(limit)[0][1]


def test_a_time_without_values_stays_empty() -> None:
    svg = history(*buckets(0, 1, 2, 10, 11, 12))
    first, second = named(svg, "mean")

    assert len(places(first)) == len(places(second)) == 3
    assert len(named(svg, "band")) == 2


def test_readings_a_little_slower_than_the_buckets_are_one_line() -> None:
    svg = history(*buckets(0, 1, 3, 4, 5, 7, 8, 9, 11))

    assert len(named(svg, "mean")) == 1


def test_a_lonely_bucket_is_a_dot() -> None:
    (mean,) = named(history(*buckets(5)), "mean")

    assert mean.get("d", "").endswith("h0")


def test_a_history_without_values_says_so_and_keeps_its_axes() -> None:
    svg = history(low=20, high=80)

    assert texts(svg, "nothing") == ["No values in this time"]
    assert svg.findtext("desc") == "No values in this time."
    assert len(named(svg, "limit")) == 2
    assert "12:30" in texts(svg, "tick")


@pytest.mark.parametrize("value", [0.0, 5.0, -5.0, 1e-6, 1e12])
def test_a_constant_history_has_value_ticks_around_it(value: float) -> None:
    svg = history(*buckets(0, 1, least=value, mean=value, most=value))
    down = {place for _, place in places(named(svg, "mean")[0])}

    assert len(down) == 1
    assert drawing.TOP < down.pop() < drawing.HEIGHT - drawing.BOTTOM


def test_limits_are_in_sight_and_named() -> None:
    svg = history(*buckets(0, 1), low=-40, high=1_200)
    heights = [places(limit)[0][1] for limit in named(svg, "limit")]

    assert texts(svg, "limit-name") == ["low -40", "high 1,200"]
    assert all(drawing.TOP < height < drawing.HEIGHT - drawing.BOTTOM for height in heights)


def test_a_listener_hears_the_range_and_every_breach() -> None:
    said = history(*buckets(0, 1, least=5, most=95), low=10, high=80).findtext("desc")

    assert said == (
        "Between 5 and 95 °C. Above the limit of 80 °C at times. Below the limit of 10 °C at times."
    )


def test_the_picture_is_labelled_by_its_title_and_description() -> None:
    svg = history(*buckets(0, 1))
    ids = [each.get("id") for each in svg if each.tag in ("title", "desc")]

    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby") == " ".join(id_ or "" for id_ in ids)


@pytest.mark.parametrize("hours", [0.01, 0.25, 1, 8, 24, 7 * 24, 30 * 24, 365 * 24, 30 * 365 * 24])
def test_time_ticks_are_few_and_within_the_axis(hours: float) -> None:
    svg = history(hours=hours)
    across = [float(each.get("x", "")) for each in named(svg, "tick")]
    times = [place for place in across if place > drawing.LEFT - 8]

    assert 2 <= len(times) <= charts.MOST_TIME_TICKS + 1
    assert all(drawing.LEFT <= place <= drawing.WIDTH - drawing.RIGHT for place in times)


def test_time_ticks_stand_at_round_hours_of_the_plant() -> None:
    since = datetime(2026, 11, 23, 21, 10, tzinfo=ZoneInfo("Asia/Kolkata"))
    ticks = texts(history(hours=4, since=since), "tick")

    assert [t for t in ticks if t in ("22:00", "24 Nov", "01:00")] == ["22:00", "24 Nov", "01:00"]


def test_value_ticks_are_round() -> None:
    svg = history(*buckets(0, 1, least=3, mean=40, most=97))

    assert [t for t in texts(svg, "tick") if ":" not in t] == ["0", "20", "40", "60", "80", "100"]


def test_text_cannot_become_markup() -> None:
    svg = history(*buckets(0, 1), unit="<script>&")

    assert texts(svg, "unit") == ["<script>&"]
    assert not list(svg.iter("script"))


# ---- Numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (12, "12"),
        (12.5, "12.5"),
        (91.256, "91.26"),
        (0.012345, "0.0123"),
        (-0.5, "-0.5"),
        (1_234_567.0, "1,234,567"),
        (100, "100"),
    ],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert drawing.number(value) == text
