"""`make bench`: all figures in one run."""

import sys
import time

from benchmarks import announcing, drain, landing, listening, pages, report
from benchmarks.instance import Instance, end_when_told
from benchmarks.querycache.contenders import require_peers
from benchmarks.querycache.measure import measure as race_peers
from benchmarks.screens import allow_many_files
from lab.engines import EngineFailed


def main() -> int:
    """Measure, print, write."""
    end_when_told()
    allow_many_files()
    began = time.monotonic()
    _tell("starting an instance")
    try:
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
    except EngineFailed as reason:
        print(f"andon: {reason}", file=sys.stderr)
        return 1
    print(f"\n{machine}\n\n{report.write(machine, compared, heard, raced)}\n")
    print(f"{time.monotonic() - began:.0f} s; see docs/benchmarks.md")
    return 0


def _tell(what: str) -> None:
    print(f"{what.removeprefix('benchmarks.')} ...", flush=True)


if __name__ == "__main__":
    sys.exit(main())
