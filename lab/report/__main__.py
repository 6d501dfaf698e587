"""`python -m lab.report FOLDER`: (re)write the report of a run."""

import argparse
import sys
from pathlib import Path

from lab.report.page import write


def main() -> int:
    """Say where the report is; 1 where there is no such folder."""
    parser = argparse.ArgumentParser(prog="lab.report", description="Write a run's report.")
    parser.add_argument("folder", type=Path, help="such as .andon/runs/2026-01-31T08-00-00Z")
    folder = parser.parse_args().folder
    if not folder.is_dir():
        print(f"andon: there is no folder {folder}", file=sys.stderr)
        return 1
    print(write(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
