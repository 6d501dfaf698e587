"""The folder of a run: what was measured and judged, in files that a report is made of."""

import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import psutil

from app.observability.release import version

RUNS = Path(".andon/runs")


class Run:
    """One run's folder under `.andon/runs`, named for when it began."""

    def __init__(self, kind: str, settings: dict[str, Any], *, below: Path = RUNS) -> None:
        self.began_at = datetime.now(UTC)
        self.folder = below / f"{self.began_at:%Y%m%dT%H%M%SZ}"
        self.folder.mkdir(parents=True)
        self._kind = kind
        self._load_at_start = round(psutil.getloadavg()[0], 1)
        self._settings = settings

    def lines(self, name: str, rows: Iterable[object]) -> None:
        """Add rows to a file that has one a line."""
        with (self.folder / name).open("ab") as file:
            file.writelines(msgspec.json.encode(row) + b"\n" for row in rows)

    def whole(self, name: str, content: object) -> None:
        """Write a file that is one document."""
        text = msgspec.json.format(msgspec.json.encode(content), indent=2)
        (self.folder / name).write_bytes(text + b"\n")

    def conclude(self, *, remarks: Iterable[str] = ()) -> None:
        """Write what the run was, now that it is over, and what to know of it."""
        self.whole(
            "run.json",
            {
                "kind": self._kind,
                "began": self.began_at,
                "ended": datetime.now(UTC),
                "machine": {
                    "cores": os.cpu_count(),
                    "memory_gb": round(psutil.virtual_memory().total / 1e9),
                    "system": f"{platform.system()} {platform.machine()}",
                    "load_at_start": self._load_at_start,
                },
                "versions": {"andon": version(), "python": platform.python_version()},
                "settings": self._settings,
                "remarks": [*remarks],
            },
        )
