"""What Locust reads: who comes, how many when, and how workers' counts reach the master's files.

`benchmarks.load` starts it; `docs/load.md` says how workers on other machines join.
"""

# mypy: disable-error-code="import-not-found,import-untyped"
# Locust is in the benchmarks' environment only.

import signal
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import gevent
from locust import LoadTestShape, events, runners
from locust.env import Environment

from benchmarks.load.arrivals import SHAPES, Crowd, users_at
from benchmarks.load.counting import TALLY
from benchmarks.load.files import Files
from benchmarks.load.floor import FloorScreen
from benchmarks.load.machines import Gateway
from benchmarks.load.people import Competitor, Operator, ReportReader, Supervisor
from benchmarks.load.tally import packed
from benchmarks.screens import allow_many_files

__all__ = ["Arrivals", "Competitor", "Operator", "ReportReader", "Supervisor"]

# A second is written when all workers' reports of it should be here; they come every 3 s.
WRITTEN_AFTER_SECONDS = 5.0

# In heartbeats, one a second. A worker that is busy for longer than the usual three is given up:
# its users come a second time from another, and the floor is fuller than was asked for.
runners.HEARTBEAT_LIVENESS = 60


class Arrivals(LoadTestShape):  # type: ignore[misc] # Locust is not here where types are checked
    """The floor and its people, as `users_at` says."""

    def tick(self) -> tuple[int, float] | None:
        asked = self.runner.environment.parsed_options
        crowd = Crowd(asked.screens, asked.gateways, asked.people)
        users = users_at(self.get_run_time(), crowd, shape=asked.shape, lasting=asked.seconds)
        if users is None:
            return None
        return users, crowd.people_a_second if users > crowd.machines else max(crowd.machines, 1)


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def offer(parser: ArgumentParser, **_: object) -> None:
    """Settings of ours; Locust hands the master's to all workers."""
    for name in ("screens", "gateways", "people", "members", "seconds", "run"):
        parser.add_argument(f"--{name}", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--shape", choices=SHAPES, default=SHAPES[0])
    parser.add_argument("--folder", default=".")


@events.init.add_listener  # type: ignore[untyped-decorator]
def begin(environment: Environment, **_: object) -> None:
    """The master writes what workers report, and workers report what they count."""
    allow_many_files()
    asked, runner = environment.parsed_options, environment.runner
    if isinstance(runner, runners.MasterRunner):
        FloorScreen.fixed_count, Gateway.fixed_count = asked.screens, asked.gateways
        files = Files(Path(asked.folder))
        environment.events.worker_report.add_listener(_take_in)
        gevent.spawn(_write, files)
        # Without its page Locust takes no SIGTERM, and would die with what workers told last.
        gevent.signal_handler(signal.SIGTERM, runner.quit)
        environment.events.quit.add_listener(lambda **_: files.write(TALLY.seconds))
    elif isinstance(runner, runners.WorkerRunner):
        environment.events.request.add_listener(_count)
        environment.events.report_to_master.add_listener(_report)
        gevent.spawn(_note_screens)


def _count(
    *,
    request_type: str,
    name: str,
    response_time: float,
    exception: Exception | None,
    context: dict[str, Any],
    response: Any = None,  # noqa: ANN401 (Locust's own)
    **_: object,
) -> None:
    status = context.get("status", getattr(response, "status_code", 0))
    fault = None if exception is None else str(exception) or type(exception).__name__
    TALLY.answered(f"{request_type} {name}", response_time, fault=fault, status=status)


def _report(data: dict[str, Any], **_: object) -> None:
    data["seconds"] = packed(TALLY.seconds.take())


def _take_in(data: dict[str, Any], **_: object) -> None:
    TALLY.seconds.join(data.get("seconds", ()))


def _note_screens() -> None:
    while True:
        # In the middle of each second, so that none is left out and none noted twice.
        gevent.sleep(1.5 - time.time() % 1)
        TALLY.note_screens()


def _write(files: Files) -> None:
    while True:
        gevent.sleep(1.0)
        files.write(TALLY.seconds, older_than_seconds=WRITTEN_AFTER_SECONDS)
