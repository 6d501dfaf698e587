"""`make chaos`: a fleet under load, broken on purpose; whether every promise was kept."""

import argparse
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from lab.browser import NotLetIn
from lab.chaos import load, script
from lab.chaos.checker import Verdict, check
from lab.chaos.checker.verdicts import of_kind
from lab.chaos.felt import Felt, felt
from lab.chaos.history import Event, History, Loaded, read
from lab.chaos.play import Play
from lab.chaos.rates import deliveries, errors, samples
from lab.cluster.caches import SHAPES
from lab.cluster.fleet import Fleet
from lab.cluster.ground import fresh, hush, told_to_stop
from lab.cluster.status import Status
from lab.engines import EngineFailed
from lab.home import HomeTaken
from lab.procfile import LOCUST_PYTHON
from lab.report.page import write
from lab.runs import RUNS, Run

HOME = Path(".andon/chaos")
LOADS = ("locust", "none")


def main() -> int:
    """Break and judge; 0 where every promise was kept."""
    asked = _arguments()
    if asked.judge is not None:
        with asked.judge.open("rb") as lines:
            return _said(check([*read(lines)]))
    hush()
    stopping, status = told_to_stop(), Status()
    try:
        with fresh(asked.home.absolute()) as folder:
            fleet = Fleet(folder, stopping, status.say, size=asked.instances, cache=asked.cache)
            run = Run("chaos", _settings(asked), below=asked.runs)
            events = _perform(fleet, run, status, stopping, asked)
    except (HomeTaken, EngineFailed, NotLetIn) as reason:
        print(f"andon: {reason}", file=sys.stderr)
        return 1
    if stopping.is_set():
        print("andon: interrupted; everything is stopped", file=sys.stderr)
        return 1
    return _said(_conclude(run, events))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--home", type=Path, default=HOME, help="where the fleet stands")
    parser.add_argument("--runs", type=Path, default=RUNS, help="where runs are written down")
    parser.add_argument("--instances", type=int, choices=range(1, 10), default=3)
    parser.add_argument("--cache", choices=SHAPES, default=SHAPES[0])
    parser.add_argument("--fault", choices=[*script.FAULTS], help="this one alone")
    parser.add_argument("--load", choices=LOADS, default=LOADS[0], help="beside the witnesses")
    parser.add_argument("--judge", type=Path, help="a history of before, and nothing is started")
    asked = parser.parse_args()
    if asked.cache == "cluster" and asked.fault in script.NOT_ON_A_CLUSTER:
        parser.error(f"{asked.fault} cannot be played on a cluster")
    if asked.judge is None and asked.load == LOADS[0] and not LOCUST_PYTHON.exists():
        parser.error("Locust is not installed (make .venv-bench/installed); or say LOAD=none")
    return asked


def _settings(asked: argparse.Namespace) -> dict[str, object]:
    faults = script.chosen(asked.fault, cache=asked.cache)
    crowd = load.CROWD if asked.load == LOADS[0] else asked.load
    return {"instances": asked.instances, "cache": asked.cache, "load": crowd, "faults": faults}


def _perform(
    fleet: Fleet, run: Run, status: Status, stopping: threading.Event, asked: argparse.Namespace
) -> Sequence[Event]:
    history = History(run.folder / "history.jsonl")
    try:
        fleet.start()
        if not stopping.is_set():
            faults = script.chosen(asked.fault, cache=asked.cache)
            has_load = asked.load == LOADS[0]
            play = Play(fleet, history, run, status.say, stopping, has_load=has_load)
            play.perform(faults)
    finally:
        status.say("stopping")
        fleet.stop()
        history.close()
    return history.events


def _conclude(run: Run, events: Sequence[Event]) -> list[Verdict]:
    """Judge, write all files of the run, and say what was found."""
    verdicts, faults = check(events), felt(events)
    run.lines("samples.jsonl", samples(events))
    run.lines("deliveries.jsonl", deliveries(events))
    run.lines("errors.jsonl", errors(events))
    run.lines("faults.jsonl", faults)
    run.whole("verdicts.json", verdicts)
    remarks = [
        f"The load ended early: {it.ended_early}"
        for it in of_kind(events, Loaded)
        if it.ended_early
    ]
    run.conclude(remarks=remarks)
    print("\n".join(["", *map(_felt_in_words, faults), *remarks]), flush=True)
    print(f"\n  {write(run.folder)}", flush=True)
    return verdicts


def _said(verdicts: list[Verdict]) -> int:
    """Say what was found; 0 where all holds."""
    print("\n".join(["", *map(_in_words, verdicts)]), flush=True)
    return 0 if all(verdict.holds for verdict in verdicts) else 1


def _felt_in_words(fault: Felt) -> str:
    over = (
        "not over"
        if fault.recovered is None
        else f"over after {fault.recovered - fault.began:.1f} s"
    )
    routes = ", ".join(f"{route} {seconds}" for route, seconds in fault.routes.items())
    return (
        f"{fault.name:20} {over}, {fault.error_seconds} s with errors, "
        f"p99 {fault.p99_ms:,.0f} ms" + (f"\n{'':22}({routes})" if routes else "")
    )


def _in_words(verdict: Verdict) -> str:
    word = "holds" if verdict.holds else "WRONG"
    return f"{word}  {verdict.name}: {verdict.counted}" + (
        f"\n       {verdict.words}" if verdict.words else ""
    )


if __name__ == "__main__":
    sys.exit(main())
