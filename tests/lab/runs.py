"""Folders of runs, planted line by line."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

BEGAN = 1_790_000_000


def plant(folder: Path, lines: Mapping[str, Iterable[Mapping[str, Any]]], **whole: object) -> Path:
    """`lines` by the name of their file, and `whole` files of JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, each in lines.items():
        file = folder / f"{name}.jsonl"
        file.write_text("".join(json.dumps(line) + "\n" for line in each))
    for name, facts in whole.items():
        (folder / f"{name}.json").write_text(json.dumps(facts))
    return folder


def sample(second: int, *, route: str = "GET /", ms: float = 10.0, **terms: Any) -> dict[str, Any]:  # noqa: ANN401 (numbers)
    """A second of a route in which all took equally long."""
    times = dict.fromkeys(("p50_ms", "p95_ms", "p99_ms", "max_ms"), ms)
    return {"at": BEGAN + second, "route": route, "requests": 10, "errors": 0, **times, **terms}


def verdict(name: str, *, holds: bool, **terms: str) -> dict[str, object]:
    return {"name": name, "holds": holds, "counted": "1,000 counted", "words": "", **terms}


def about(**terms: object) -> dict[str, object]:
    began, ended = (datetime.fromtimestamp(BEGAN + at, UTC).isoformat() for at in (0, 100))
    return {"kind": "chaos", "began": began, "ended": ended, **terms}
