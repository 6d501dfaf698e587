"""`make deploy-check`: whether this tree may be deployed, and what would come of it."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from lab.deploycheck import bundle, changes, plan
from lab.deploycheck.judging import Complaint, deployed, judge, placeholders
from lab.deploycheck.strict import Refused, load
from lab.deploycheck.synthesis import custom_options, synthesise

ROOT = Path(__file__).parents[2]
PASSES, FAILS = 0, 1


def main(words: Sequence[str] | None = None) -> int:
    """Print the plan and every complaint; 0 where there is none, 1 where there is any."""
    asked = _arguments(words)
    root: Path = asked.root
    files = sorted((root / ".ebextensions").glob("*.config"))
    complaints = []
    try:
        found = bundle.faults(bundle.bundle(root))
        complaints += [Complaint(rule, subject, why) for rule, (subject, why) in found]
        deployment = deployed(files)
        complaints += judge(deployment)
        if not any(complaint.rule == "starts" for complaint in complaints):
            options = [option for file in files for option in custom_options(load(file))]
            _print(plan.plan(deployment, plan.unchosen(synthesise(files), options)))
        complaints += _losses(root, files, asked.since, set(asked.replacing))
    except Refused as refusal:
        complaints.append(Complaint(type(refusal).__name__, "", str(refusal)))
    _print(f"WRONG  {complaint}" for complaint in complaints)
    verdict = f"{len(complaints)} things are wrong." if complaints else "May be deployed."
    _print([verdict])
    return FAILS if complaints else PASSES


def _losses(
    root: Path, files: list[Path], since: str | None, replacing: set[str]
) -> list[Complaint]:
    """Show what an update would do; complain of every loss that was not asked for."""
    release = since or changes.last_release(root)
    chosen = placeholders({})
    before = changes.released(root, release, chosen=chosen) if release else None
    if release is None or before is None:
        _print(["Nothing is released yet to compare with.", ""])
        return []
    found = changes.compare(before, synthesise(files, chosen=chosen))
    _print(plan.told(found, release))
    return [
        Complaint("losses", change.name, f"would be {change.what}; --replacing allows it")
        for change in found
        if change.loses and change.name not in replacing
    ]


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deploycheck", description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout; default: this one")
    parser.add_argument("--since", metavar="COMMIT", help="what is deployed; default: the last tag")
    parser.add_argument(
        *("--replacing", "-r"), metavar="NAME", action="append", default=[],
        help="a resource that may be replaced or deleted; may be repeated",
    )  # fmt: skip
    return parser.parse_args(words)


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
