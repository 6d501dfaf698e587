"""`make load`: a plant under load, what was promised of it, and a report."""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.batches import COUNTS, READINGS
from benchmarks.browser import NotLetIn
from benchmarks.instance import PLANT, end_when_told
from benchmarks.load import judging, locusts
from benchmarks.load.asked import NotAllowed, allow, arguments, check, terms_of
from benchmarks.load.entry import Entry, NoEntry
from benchmarks.load.gauges import Gauges, Metrics
from benchmarks.load.locusts import Terms
from benchmarks.load.machine import machine, versions
from benchmarks.load.own import Own
from benchmarks.load.progress import Progress
from benchmarks.load.spent import cpu_seconds, since
from benchmarks.screens import allow_many_files
from lab.engines import EngineFailed
from lab.home import HomeTaken
from lab.procfile import ROOT
from lab.report.folder import WITHOUT_CACHE, Verdict, read
from lab.report.page import write

RUNS = ROOT / ".andon" / "runs"
METRICS_TOKEN = "ANDON_LOAD_METRICS_TOKEN"  # noqa: S105 (a variable's name)
# Of eight batches of a gateway, which sends four a second, one is of pieces.
READINGS_A_SECOND, PIECES_A_SECOND = 4 * READINGS * 7 / 8, 4 * COUNTS / 8


def main() -> int:
    """Run the load; 1 if anything promised did not hold."""
    asked = arguments()
    terms = terms_of(asked)
    end_when_told()
    allow_many_files()
    try:
        if asked.base is None:
            return _on_our_own(terms, instances=asked.instances, once=asked.once)
        return _there(asked, terms)
    except (EngineFailed, HomeTaken, NoEntry, NotAllowed, NotLetIn) as reason:
        print(f"andon: {reason}", file=sys.stderr)
        return 1


def _on_our_own(terms: Terms, *, instances: int, once: bool) -> int:
    """With the cache, then without; what is stored is counted after each."""
    print(f"Starting {instances or 'an'} instance{'s' if instances > 1 else ''} ...", flush=True)
    with Own.started(members=terms.members, instances=instances) as own:
        check(terms, own.entry)
        with _reported(_new_folder()) as folder:
            held = _run_own(own, folder, terms, cached=True)
            if not once:
                beside = folder / WITHOUT_CACHE
                beside.mkdir()
                print("\nThe same once more, with QUERY_CACHE=off:", flush=True)
                held &= _run_own(own, beside, terms, cached=False)
    return 0 if held else 1


def _run_own(own: Own, folder: Path, terms: Terms, *, cached: bool) -> bool:
    place, began = own.place, datetime.now(UTC)
    metrics = Metrics(place.url, token=None)
    about: dict[str, object] = {
        "kind": "load",
        "began": began.isoformat(),
        "machine": machine(),
        "versions": versions(place.parts),
        "settings": _settings(terms) | own.settings | {"query_cache": "on" if cached else "off"},
    }
    _keep(folder, about)
    with place.running(cached=cached):
        spent = cpu_seconds(place.pids())
        with Gauges(folder, metrics.totals, own.statements.totals) as gauges:
            _drive(place.url, folder, terms, own.entry)
        spent = since(spent, cpu_seconds(place.pids()))
        stored = list(judging.of_storing(place.parts, folder, since=began))
    _keep(folder, about | {"ended": datetime.now(UTC).isoformat(), "cpu_seconds": spent})
    return _judge(folder, [*stored, *judging.of_lies(gauges.grown)])


def _there(asked: argparse.Namespace, terms: Terms) -> int:
    """A place that runs already; what is stored there is not ours to look at."""
    url, entry = asked.base.rstrip("/"), Entry.from_environment()
    check(terms, entry)
    rate = (
        int(terms.crowd.gateways * READINGS_A_SECOND),
        int(terms.crowd.gateways * PIECES_A_SECOND),
    )
    allow(asked, plant=PLANT, rate=rate)
    if asked.folder:
        # Somebody else keeps this run, breaks things, and judges.
        asked.folder.mkdir(parents=True, exist_ok=True)
        _drive(url, asked.folder, terms, entry)
        return 0
    with _reported(_new_folder()) as folder:
        return 0 if _run_there(url, folder, terms, entry) else 1


def _run_there(url: str, folder: Path, terms: Terms, entry: Entry) -> bool:
    metrics = Metrics(url, token=os.environ.get(METRICS_TOKEN))
    about: dict[str, object] = {
        "kind": "load",
        "began": datetime.now(UTC).isoformat(),
        "machine": {"load comes from": machine()},
        "versions": versions(None),
        "settings": _settings(terms) | {"base": urlsplit(url).hostname},
    }
    _keep(folder, about)
    with Gauges(folder, metrics.totals) as gauges:
        _drive(url, folder, terms, entry)
    _keep(folder, about | {"ended": datetime.now(UTC).isoformat()})
    return _judge(folder, list(judging.of_lies(gauges.grown)))


@contextmanager
def _reported(folder: Path) -> Iterator[Path]:
    """However it ends: what there is of the run gets its report."""
    try:
        yield folder
    finally:
        print(f"\n{write(folder)}", flush=True)


def _drive(url: str, folder: Path, terms: Terms, entry: Entry) -> None:
    progress = Progress(folder)
    locusts.run(url, folder, terms, entry, progress.tell)
    progress.tell(at_once=True)


def _judge(folder: Path, verdicts: list[Verdict]) -> bool:
    """Add what the folder's own files say, and tell all."""
    run = read(folder)
    verdicts = [*verdicts, judging.of_answers(run), judging.of_screens(run)]
    facts = [{name: getattr(each, name) for name in each.__struct_fields__} for each in verdicts]
    (folder / "verdicts.json").write_text(json.dumps(facts, indent=1))
    for each in verdicts:
        print(f"{'holds' if each.holds else 'WRONG'}  {each.name}: {each.counted} {each.words}")
    return all(each.holds for each in verdicts)


def _settings(terms: Terms) -> dict[str, object]:
    rest = ("shape", "seconds", "members", "workers", "away")
    return terms.crowd._asdict() | {name: getattr(terms, name) for name in rest}


def _keep(folder: Path, about: dict[str, object]) -> None:
    (folder / "run.json").write_text(json.dumps(about, indent=1))


def _new_folder() -> Path:
    folder = RUNS / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}"
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    sys.exit(main())
