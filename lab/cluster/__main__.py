"""`make cluster`: instances behind a load balancer on this machine, until Ctrl-C."""

import argparse
import sys
import threading
from pathlib import Path

from lab import ports
from lab.cluster.caches import SHAPES
from lab.cluster.fleet import Fleet
from lab.cluster.ground import fresh, hush, told_to_stop
from lab.cluster.status import Status
from lab.engines import EngineFailed
from lab.home import HomeTaken
from lab.ports import CannotRun

HOME = Path(".andon/cluster")


def main() -> int:
    """Run until told to stop; 1 where something stands in the way."""
    parser = argparse.ArgumentParser(prog="cluster", description=__doc__)
    parser.add_argument("--home", type=Path, default=HOME, help="where its data and logs live")
    parser.add_argument("--instances", type=int, choices=range(1, 10), default=3)
    parser.add_argument("--cache", choices=SHAPES, default=SHAPES[0])
    parser.add_argument("--days", type=int, default=2, help="days of history in the plant")
    asked = parser.parse_args()
    hush()
    stopping = told_to_stop()
    status = Status()
    try:
        port = ports.chosen("PORT", 8000)
        ports.refuse_taken(port, choose="make cluster PORT=8080")
        with fresh(asked.home.absolute()) as folder:
            fleet = Fleet(folder, stopping, status.say, size=asked.instances, cache=asked.cache)
            _run(fleet, status, stopping, port=port, days=asked.days)
    except (CannotRun, HomeTaken, EngineFailed) as reason:
        print(f"andon: {reason}", file=sys.stderr)
        return 1
    return 0


def _run(fleet: Fleet, status: Status, stopping: threading.Event, *, port: int, days: int) -> None:
    try:
        fleet.start(port=port, days=days)
        if not stopping.is_set():
            fleet.simulate()
            status.watch(fleet, _greeting(fleet), stopping)
    finally:
        status.say("stopping")
        fleet.stop()
        status.say("stopped")


def _greeting(fleet: Fleet) -> str:
    return (
        f"\n  Andon runs at  {fleet.url}   ({', '.join(each.name for each in fleet.instances)})\n"
        "  Sign in as     admin, supervisor, operator or viewer\n"
        f"  Password       {fleet.password}\n"
        f"  Logs           {fleet.folder}/i-1/log/ and beside it\n"
        "  Stop           Ctrl-C\n"
    )


if __name__ == "__main__":
    sys.exit(main())
