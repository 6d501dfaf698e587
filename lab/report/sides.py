"""The same load with the cache and without it, side by side."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

from lab.report.folder import Run
from lab.report.numbers import Times, gauge, mean, times

# What people open; gateways' batches come at their own pace, whatever the cache does.
PAGES, STREAMS = "GET ", "GET /live/"
PROCESSES = ("web", "postgresql", "valkey")


class Side(NamedTuple):
    """One thing with the cache, without, and how many times as much that is."""

    label: str
    cached: str
    without: str
    ratio: str


def sides(run: Run) -> list[Side]:
    """What both runs know; nothing where there was no run without."""
    other = run.without
    if other is None or not other.samples or not run.samples:
        return []
    told = [
        # First by the request: whoever answers more slowly is asked less often in a second.
        _side("Database queries a request", "{:.1f}", _queries_a_request, run, other),
        _side("Database queries a second", "{:,.0f}", _queries, run, other),
        *(
            _side(f"CPU a request, {name}", "{:.1f} ms", partial(_cpu, names=names), run, other)
            for name, names in _processes(run)
        ),
        _side("Half of the pages within", "{:,.0f} ms", lambda it: pages(it).p50, run, other),
        _side("95 % of the pages within", "{:,.0f} ms", lambda it: pages(it).p95, run, other),
        _side("99 % of the pages within", "{:,.0f} ms", lambda it: pages(it).p99, run, other),
        _side("Requests a second", "{:,.0f}", _rate, run, other),
    ]
    return [side for side in told if side is not None]


def pages(run: Run) -> Times:
    """What people waited for, without what they listen to."""
    return times(
        each
        for each in run.samples
        if each.route.startswith(PAGES) and not each.route.startswith(STREAMS)
    )


def _side(
    label: str, form: str, ask: Callable[[Run], float | None], run: Run, other: Run
) -> Side | None:
    cached, without = ask(run), ask(other)
    if cached is None or without is None:
        return None
    ratio = f"{without / cached:.2f}" if cached else ""
    return Side(label, form.format(cached), form.format(without), ratio)


def _rate(run: Run) -> float:
    began, ended = run.span
    return sum(each.requests for each in run.samples) / (ended - began)


def _queries(run: Run) -> float | None:
    return mean(gauge(run, "database_queries"))


def _queries_a_request(run: Run) -> float | None:
    queries = _queries(run)
    return None if queries is None else queries / _rate(run)


def _processes(run: Run) -> list[tuple[str, list[str]]]:
    """Some by themselves, then all that were looked at."""
    spent = run.about.cpu_seconds
    each = [(name, [name]) for name in PROCESSES if name in spent]
    return [*each, ("all processes", list(spent))] if each else []


def _cpu(run: Run, *, names: Iterable[str]) -> float | None:
    """Milliseconds for each request, whatever it was."""
    spent = run.about.cpu_seconds
    if not all(name in spent for name in names):
        return None
    return sum(spent[name] for name in names) * 1000 / sum(each.requests for each in run.samples)
