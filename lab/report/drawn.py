"""Which charts a run gets: each only where something is known of it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from markupsafe import Markup

from lab.report.charts import Frame, Line, over_time
from lab.report.folder import Delivery, Run, Sample
from lab.report.numbers import Buckets, Point, gauge, parted, would_be

MOST_ROUTES = 8
# Of counts that come in once a second or so, single seconds say little.
CALM_SECONDS = 5
# Half of a page, or the whole of a phone.
NARROW = 480
PERCENTILES = (("half", "p50", "mild"), ("95 %", "p95", "firm"), ("99 %", "p99", "strong"))


class Chart(NamedTuple):
    """A title, what it shows in a sentence, its lines as a legend names them, and the drawing.

    What is to be as wide as the page is drawn twice, as a phone would make its letters too small.
    """

    title: str
    says: str
    legend: Sequence[Line]
    drawing: Markup
    wide: Markup | None = None


def charts(run: Run) -> list[Chart]:
    """The whole: what was asked, how soon it was answered, what it cost, who heard of it."""
    frame = Frame(*run.span, run.faults)
    buckets, calm = Buckets(run), Buckets(run, seconds=max(CALM_SECONDS, Buckets(run).seconds))
    return [
        chart
        for chart in (
            _throughput(run, frame, buckets),
            _answered(run, frame, buckets),
            _delivered(run, frame, buckets),
            _queries(run, frame, calm),
            _from_cache(run, frame, calm),
            _landed(run, frame, buckets),
            _instances(run, frame, buckets),
        )
        if any(line.points for line in chart.legend)
    ]


def by_route(run: Run) -> list[Chart]:
    """The routes that were asked most, each by itself."""
    frame, buckets = Frame(*run.span, run.faults), Buckets(run, seconds=3 * Buckets(run).seconds)
    parts = parted(run.samples)
    busiest = sorted(parts, key=lambda part: -sum(each.requests for each in parts[part]))
    return [
        _timed(frame, buckets, parts[name, by], title=f"{name} ({by})" if by else name, says="")
        for name, by in busiest[:MOST_ROUTES]
    ]


def _throughput(run: Run, frame: Frame, buckets: Buckets) -> Chart:
    asked: dict[str, list[Point]] = defaultdict(list)
    for sample in run.samples:
        asked[sample.by].append((sample.at, float(sample.requests)))
    wrong = [(sample.at, float(sample.errors)) for sample in run.samples]
    lines = [
        Line(_of(by, asked), kind, buckets.rate(asked[by]))
        for by, kind in zip(sorted(asked), ("firm", "mild"), strict=False)
    ]
    lines.append(Line("errors", "bad", buckets.rate(wrong)))
    says = "How many were answered each second, and how many of them not as they should be."
    return _chart(frame, lines, title="Requests a second", says=says, is_wide=True)


def _of(by: str, all_: Collection[str]) -> str:
    """Whose requests, where there are several who ask; the load says nothing of itself."""
    return f"of the {by or 'load'}" if len(all_) > 1 else "requests"


def _answered(run: Run, frame: Frame, buckets: Buckets) -> Chart:
    says = "All routes together, in steps of ten; so many percent of the answers took no longer."
    title = "How soon it was answered"
    return _timed(frame, buckets, run.samples, title=title, says=says, is_wide=True)


def _delivered(run: Run, frame: Frame, buckets: Buckets) -> Chart:
    heard = [each for each in run.deliveries if each.events]
    says = "From the moment of a reading to its arrival on an open screen, in steps of ten."
    title = "How soon screens hear of it"
    return _timed(frame, buckets, heard, title=title, says=says, is_wide=True)


def _timed(
    frame: Frame,
    buckets: Buckets,
    items: Sequence[Sample] | Sequence[Delivery],
    *,
    title: str,
    says: str,
    is_wide: bool = False,
) -> Chart:
    whole = buckets.times(items)
    lines = [
        Line(name, kind, [(at, getattr(told, field)) for at, told in whole])
        for name, field, kind in PERCENTILES
    ]
    return _chart(frame, lines, title=title, says=says, growing_tenfold=True, is_wide=is_wide)


def _queries(run: Run, frame: Frame, buckets: Buckets) -> Chart:
    asked = buckets.mean(gauge(run, "database_queries"))
    if not asked:
        return _transactions(run, frame, buckets)
    lines = [Line("with the cache", "firm", asked)]
    if gauge(run, "cache_hits"):
        lines.append(Line("had each answer been asked for", "dashed", buckets.mean(would_be(run))))
    if run.without is not None:
        lines.append(Line("without it, measured", "strong", _moved(run.without, run, buckets)))
    says = (
        "What PostgreSQL was asked: all statements, those of storing what gateways send among them."
    )
    return _chart(frame, lines, title="Database queries a second", says=says)


def _transactions(run: Run, frame: Frame, buckets: Buckets) -> Chart:
    """What a database elsewhere tells: its statements are not counted there."""
    lines = [Line("transactions", "firm", buckets.mean(gauge(run, "database_transactions")))]
    says = "Of PostgreSQL, all in all; what the cache answers begins none."
    return _chart(frame, lines, title="Database transactions a second", says=says)


def _moved(other: Run, run: Run, buckets: Buckets) -> list[Point]:
    """The other run's queries, at the same time after its beginning."""
    later = run.span[0] - other.span[0]
    moved = [(at + later, value) for at, value in gauge(other, "database_queries")]
    return buckets.mean(moved)


def _from_cache(run: Run, frame: Frame, buckets: Buckets) -> Chart:
    asked = dict(buckets.mean(gauge(run, "cache_asked")))
    hits = buckets.mean(gauge(run, "cache_hits"))
    shares = [(at, 100 * value / asked[at]) for at, value in hits if asked.get(at)]
    lines = [Line("from the cache", "firm", shares)]
    says = "Of a hundred named queries, those whose answer cost the database nothing."
    return _chart(frame, lines, title="Answers from the cache", says=says, most=100.0)


def _landed(run: Run, frame: Frame, buckets: Buckets) -> Chart:
    lines = [Line("batches waiting", "firm", buckets.mean(gauge(run, "stream_lag")))]
    says = "What the cache holds and PostgreSQL does not yet."
    return _chart(frame, lines, title="Landed and not yet stored", says=says)


def _instances(run: Run, frame: Frame, buckets: Buckets) -> Chart:
    lines = [Line("instances", "firm", buckets.mean(gauge(run, "instances_up")))]
    says = "How many answered the load balancer's question."
    return _chart(frame, lines, title="Instances in service", says=says)


def _chart(
    frame: Frame,
    lines: Sequence[Line],
    *,
    title: str,
    says: str,
    growing_tenfold: bool = False,
    most: float | None = None,
    is_wide: bool = False,
) -> Chart:
    draw = partial(over_time, lines=lines, title=title, growing_tenfold=growing_tenfold, most=most)
    narrow = draw(replace(frame, width=NARROW))
    return Chart(title, says, lines, narrow, draw(frame) if is_wide else None)
