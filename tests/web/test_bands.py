"""The drawing of what a line did: nothing short is lost, and what is worse stands in front."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from app.domain.stops import Band
from app.web import bands
from app.web.drawing import WIDTH

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
DAY = timedelta(days=1)
WORDS = {state: state.title() for state in bands.HEIGHTS}


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


def rects(told: list[Band], calls: list[SimpleNamespace] | None = None) -> list[tuple[str, ...]]:
    """Class, x, y, width, height and title of each."""
    svg = bands.drawn(
        told, calls or [], since=START, until=START + DAY, now=START + DAY, words=WORDS
    )
    return re.findall(
        r'<rect class="(.+?)" x="(.+?)" y="(.+?)" width="(.+?)" height="(.+?)"><title>(.+?)<', svg
    )


def test_a_stop_of_a_second_in_a_day_is_seen() -> None:
    told = [
        Band("running", at(0), at(40_000)),
        Band("stopped", at(40_000), at(40_001)),
        Band("running", at(40_001), at(86_400)),
    ]
    *running, stopped = rects(told)

    assert len(running) == 2
    assert stopped[0] == "state state-stopped"
    assert float(stopped[3]) == bands.THINNEST
    assert stopped[5] == "Stopped, 17:06:40 to 17:06:41"


def test_what_is_worse_is_drawn_over_what_is_better_and_higher() -> None:
    told = [Band(state, at(n), at(n + 1)) for n, state in enumerate(reversed(bands.HEIGHTS))]
    drawn = rects(told)
    heights = [float(rect[4]) for rect in drawn]

    assert [rect[0].removeprefix("state state-") for rect in drawn] == list(bands.HEIGHTS)
    assert heights == sorted(heights)
    assert list(bands.HEIGHTS)[-1] == "stopped"


@given(st.floats(0, 86_400), st.floats(0, 86_400))
def test_no_band_is_thinner_than_a_pixel_of_a_phone_or_beside_the_drawing(
    since: float, until: float
) -> None:
    ((_, x, _, width, *_),) = rects([Band("stopped", at(min(since, until)), at(max(since, until)))])

    assert float(width) >= bands.THINNEST
    assert float(x) >= bands.LEFT - 0.1
    assert float(x) + float(width) <= WIDTH - bands.RIGHT + 0.2


def test_what_is_called_for_is_escaped() -> None:
    call = SimpleNamespace(name="<script>", colour="red", raised_at=at(-60), resolved_at=None)
    ((name, x, *_, title),) = rects([], [call])

    assert (name, float(x)) == ("called colour-red", bands.LEFT)
    assert title.startswith("&lt;script&gt;, 05:59:00")


def test_listeners_hear_how_long_each_state_lasted() -> None:
    told = [
        Band("stopped", at(0), at(600)),
        Band("running", at(600), at(4200)),
        Band("stopped", at(4200), at(4500)),
    ]
    svg = bands.drawn(told, [], since=START, until=START + DAY, now=START, words=WORDS)

    assert "Stopped 15 min, 2 times. Running 60 min, once." in svg
    assert "Nothing is known" in bands.drawn(
        [], [], since=START, until=START + DAY, now=START, words=WORDS
    )
