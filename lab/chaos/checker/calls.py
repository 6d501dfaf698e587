"""Calls: each step that was acknowledged is in the database, with who and when."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from lab.chaos.checker.verdicts import Verdict, of_kind, verdict
from lab.chaos.history import CREATED, OK, CallRow, Event, Pulled

# The server's moments are of its own clock, which is this machine's, to the microsecond.
CLOCK_SECONDS = 0.05


def judge(history: Sequence[Event]) -> Verdict:
    """Every acknowledged step is there, and a line never had two critical calls at a time."""
    rows = {row.call: row for row in of_kind(history, CallRow)}
    steps = [step for step in of_kind(history, Pulled) if step.status in (OK, CREATED)]
    wrong = [word for step in steps if (word := _missed(step, rows))]
    wrong += _at_once(list(rows.values()))
    tried = [step for step in of_kind(history, Pulled) if step.step == "raised"]
    unasked = [
        row
        for row in rows.values()
        if not any(
            step.line == row.line
            and step.who == row.raised_by
            and step.began - CLOCK_SECONDS <= row.raised_at
            for step in tried
        )
    ]
    wrong += [f"call {row.call} on {row.line} was raised, and nobody had asked" for row in unasked]
    return verdict(
        "Every acknowledged step of a call is kept",
        counted=len(steps),
        of=f"steps of {len(rows)} calls",
        wrong=wrong,
    )


def _missed(step: Pulled, rows: dict[int, CallRow]) -> str:
    """What is wrong with the row after this step; empty where nothing is."""
    row = rows.get(step.call or 0)
    if row is None:
        return f"call {step.call} was {step.step}, and is not there"
    who, at = {
        "raised": (row.raised_by, row.raised_at),
        "acknowledged": (row.acknowledged_by, row.acknowledged_at),
        "resolved": (row.resolved_by, row.resolved_at),
    }[step.step]
    if at is None or who != step.who:
        return f"call {step.call} was {step.step} by {step.who}, and the row says {who}"
    if not step.tried_since - CLOCK_SECONDS <= at <= step.ended + CLOCK_SECONDS:
        return f"call {step.call} was {step.step} at another moment than the row says"
    return ""


def _at_once(rows: list[CallRow]) -> list[str]:
    """The critical calls of a line that were raised while another was open."""
    lines: dict[str, list[CallRow]] = defaultdict(list)
    for row in rows:
        if row.critical:
            lines[row.line].append(row)
    wrong = []
    for line, calls in lines.items():
        calls.sort(key=lambda row: row.raised_at)
        for one, next_ in pairwise(calls):
            if one.resolved_at is None or one.resolved_at > next_.raised_at:
                wrong.append(f"{line} had the critical calls {one.call} and {next_.call} at once")
    return wrong
