"""`.venv-bench/bin/python -m benchmarks.querycache`: this part of `make bench`, printed only."""

import sys

from benchmarks.instance import end_when_told
from benchmarks.querycache import tables
from benchmarks.querycache.measure import measure
from benchmarks.report import table
from lab.engines import EngineFailed


def main() -> int:
    end_when_told()
    try:
        measured = measure(lambda what: print(f"{what} ...", flush=True))
    except EngineFailed as reason:
        print(f"andon: {reason}", file=sys.stderr)
        return 1
    print(f"\n{table(tables.HITS_HEAD, tables.hit_rows(measured))}\n")
    print(f"{table(tables.CHANGES_HEAD, tables.change_rows(measured))}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
