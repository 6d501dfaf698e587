"""`make bench`: all parts in one run; `make bench ONLY=sessions`: that part alone."""

import argparse
import sys
import time
from collections.abc import Sequence

from benchmarks import report, steps
from benchmarks.boards import part as leaderboards
from benchmarks.finding import Part
from benchmarks.instance import end_when_told
from benchmarks.live import part as live
from benchmarks.querycache import part as queries
from benchmarks.querycache.contenders import require_peers
from benchmarks.scale import part as scale
from benchmarks.sessions import part as sessions
from benchmarks.years import part as reports
from lab.engines import EngineFailed

PARTS = (
    steps.PART,
    live.PART,
    queries.PART,
    sessions.PART,
    leaderboards.PART,
    reports.PART,
    scale.PART,
)


def main() -> int:
    """Measure, print, write: each part as soon as it is measured."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("only", nargs="?", choices=[part.name for part in PARTS])
    only = parser.parse_args().only
    end_when_told()
    try:
        _measure([part for part in PARTS if only in (None, part.name)])
    except EngineFailed as reason:
        print(f"andon: {reason}", file=sys.stderr)
        return 1
    return 0


def _measure(parts: Sequence[Part]) -> None:
    require_peers()
    for part in parts:
        began = time.monotonic()
        _tell(part.name)
        found = part.measure(_tell)
        lines = report.publish(part, found)
        print(f"\n{found.machine}\n\n{found.tables}\n")
        print("\n".join(f"moved: {line}" for line in lines) or "nothing moved")
        print(f"\n{part.name}: {time.monotonic() - began:.0f} s; see docs/{part.page}\n")


def _tell(what: str) -> None:
    print(f"{what} ...", flush=True)


if __name__ == "__main__":
    sys.exit(main())
