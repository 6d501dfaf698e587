"""`make bench`: all figures in one run; `make bench ONLY=sessions`: that part alone."""

import argparse
import sys
import time

from benchmarks import announcing, drain, landing, leaderboards, listening, pages, report, reports
from benchmarks.instance import Instance, end_when_told
from benchmarks.querycache.contenders import require_peers
from benchmarks.querycache.measure import measure as race_peers
from benchmarks.screens import allow_many_files
from benchmarks.sessions.measure import measure as measure_sessions
from lab.engines import EngineFailed


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("only", nargs="?", choices=list(PARTS))
    only = parser.parse_args().only
    end_when_told()
    began = time.monotonic()
    try:
        found = PARTS[only]() if only else _measure_all()
    except EngineFailed as reason:
        print(f"andon: {reason}", file=sys.stderr)
        return 1
    print(f"\n{found}\n\n{time.monotonic() - began:.0f} s; see docs/benchmarks.md")
    return 0


def _measure_all() -> str:
    allow_many_files()
    _tell("starting an instance")
    require_peers()
    with Instance() as instance:
        machine = report.machine(instance)
        compared = []
        for figure in (landing, drain, announcing):
            _tell(figure.__name__)
            compared.append(figure.compare(instance))
        instance.start("web", "live")
        _tell(pages.__name__)
        compared.append(pages.compare(instance))
        _tell(listening.__name__)
        heard = listening.measure(instance)
    raced = race_peers(_tell)
    sessions, million = measure_sessions(_tell), leaderboards.measure(_tell)
    years = reports.measure(_tell)
    written = report.write(
        machine, compared, heard, raced, sessions=sessions, million=million, reports=years
    )
    return f"{machine}\n\n{written}"


def _tell(what: str) -> None:
    print(f"{what.removeprefix('benchmarks.')} ...", flush=True)


# What can be measured alone.
PARTS = {
    "sessions": lambda: report.write_sessions(measure_sessions(_tell)),
    "leaderboards": lambda: report.write_leaderboards(leaderboards.measure(_tell)),
    "reports": lambda: report.write_reports(reports.measure(_tell)),
}

if __name__ == "__main__":
    sys.exit(main())
