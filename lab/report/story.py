"""What a report tells beside its charts: figures and tables, in words."""

from collections import Counter
from typing import NamedTuple

from app.web.drawing import number
from lab.report.charts import clock
from lab.report.folder import Fault, Run
from lab.report.numbers import Route, gauge, hit_ratio, mean, route, routes, times, would_be

ALL = "all together"
MOST_WRONGS = 20
NOT_KNOWN = "not known"


class Figure(NamedTuple):
    """One number, and what it is of."""

    label: str
    value: str
    hint: str


class Wrongs(NamedTuple):
    """What went wrong, where, how often, and when first and last."""

    route: str
    words: str
    times: int
    first: str
    last: str


class Felt(NamedTuple):
    """A fault by its number on the charts, when it was, and how long it was felt."""

    mark: int
    name: str
    words: str
    when: str
    lasted: str
    recovered: str
    error_seconds: str
    p99: str


def milliseconds(value: float) -> str:
    return f"{value:,.0f} ms" if value >= 10 or not value else f"{value:.1f} ms"  # noqa: PLR2004 (two digits)


def table(run: Run) -> list[Route]:
    """All routes together first, then each by how often it was asked."""
    return [route(ALL, run.samples), *routes(run)] if run.samples else []


def figures(run: Run) -> list[Figure]:
    """The numbers that one wants to know first; what is not known is left out."""
    return [*_of_answers(run), *_of_the_floor(run), *_of_the_cache(run)] if run.samples else []


def _of_answers(run: Run) -> list[Figure]:
    began, ended = run.span
    all_ = route(ALL, run.samples)
    half = f"half within {milliseconds(all_.times.p50)}"
    return [
        Figure(
            "Requests a second",
            f"{all_.requests / (ended - began):,.0f}",
            f"{all_.requests:,} in all",
        ),
        Figure("99 % answered within", milliseconds(all_.times.p99), half),
        Figure(
            # Of what is broken on purpose, nobody expects an answer.
            "Failed while things broke" if run.faults else "Answered wrongly",
            f"{all_.wrong:,}",
            f"and {all_.busy:,} with 503: come back",
        ),
    ]


def _of_the_floor(run: Run) -> list[Figure]:
    found = []
    if (stored := mean(gauge(run, "readings_stored"))) is not None:
        lag = max((value for _, value in gauge(run, "stream_lag")), default=0.0)
        hint = f"at most {lag:,.0f} batches waiting"
        found.append(Figure("Readings stored a second", f"{stored:,.0f}", hint))
    if run.deliveries:
        heard = times(run.deliveries)
        screens = max(each.screens for each in run.deliveries)
        hint = f"{screens:,} screens, half within {milliseconds(heard.p50)}"
        found.append(Figure("99 % of changes seen within", milliseconds(heard.p99), hint))
    return found


def _of_the_cache(run: Run) -> list[Figure]:
    found = []
    if (ratio := hit_ratio(run)) is not None:
        hint = "of what the cache is asked"
        found.append(Figure("Answers from the cache", f"{ratio:.1%}", hint))
    asked, would = mean(gauge(run, "database_queries")), mean(would_be(run))
    if asked is not None and would is not None:
        hint = f"without the cache {would:,.0f}"
        found.append(Figure("Database queries a second", f"{asked:,.0f}", hint))
    return found


def beside(run: Run) -> str:
    """What became of the promises while every question was put to the database."""
    verdicts = run.without.verdicts if run.without else []
    broken = [verdict.name for verdict in verdicts if not verdict.holds]
    if broken:
        return f"Without the cache did not hold: {'; '.join(broken)}."
    return f"Without the cache all {len(verdicts)} promises held too." if verdicts else ""


def was_busy(run: Run) -> bool:
    """Whether others had work for more than half of the cores before the run had any."""
    cores, load = (run.about.machine.get(name) for name in ("cores", "load_at_start"))
    if not isinstance(cores, int) or not isinstance(load, int | float):
        return False
    return load > cores / 2


def wrongs(run: Run) -> list[Wrongs]:
    """The most frequent first."""
    counts: Counter[tuple[str, str]] = Counter()
    moments: dict[tuple[str, str], list[float]] = {}
    for each in run.wrongs:
        what = (each.route, each.words)
        counts[what] += each.times
        moments.setdefault(what, []).append(each.at)
    began = run.span[0]
    return [
        Wrongs(*what, times, clock(min(moments[what]) - began), clock(max(moments[what]) - began))
        for what, times in counts.most_common(MOST_WRONGS)
    ]


def felt(run: Run) -> list[Felt]:
    """Each fault; times are since the run began."""
    return [_felt(count, fault, run.span[0]) for count, fault in enumerate(run.faults, start=1)]


def _felt(count: int, fault: Fault, began: float) -> Felt:
    return Felt(
        mark=count,
        name=fault.name.replace("-", " ").capitalize(),
        words=fault.words,
        when=clock(max(fault.began - began, 0)),
        lasted="to the end" if fault.ended is None else _seconds(fault.ended - fault.began),
        recovered=_felt_for(fault),
        error_seconds=NOT_KNOWN if fault.error_seconds is None else _seconds(fault.error_seconds),
        p99=NOT_KNOWN if fault.p99_ms is None else milliseconds(fault.p99_ms),
    )


def _felt_for(fault: Fault) -> str:
    if fault.error_seconds == 0:
        return "not felt"
    return NOT_KNOWN if fault.recovered is None else _seconds(fault.recovered - fault.began)


def _seconds(value: float) -> str:
    return f"{number(round(value, 1))} s"


def facts(run: Run) -> list[tuple[str, list[tuple[str, str]]]]:
    """Machine, versions and settings, as they were kept."""
    about = run.about
    groups = (
        ("Machine", about.machine),
        ("Versions", about.versions),
        ("Settings", about.settings),
    )
    return [
        (title, [(name.replace("_", " "), _plain(value)) for name, value in kept.items()])
        for title, kept in groups
        if kept
    ]  # fmt: skip


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {_plain(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return str(value)
