"""A run's folder, read as far as it goes: a run that was killed still gets its report."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

# The same load once more, with every question put to the database.
WITHOUT_CACHE = "without-cache"


class Sample(Struct, frozen=True):
    """What one route did in one second; `busy` are those of the errors that were 503.

    `by` says who asked where several wrote down what they saw.
    """

    at: float
    route: str
    requests: int
    by: str = ""
    errors: int = 0
    busy: int = 0
    p50_ms: float = 0.0
    p95_ms: float = 0.0
    p99_ms: float = 0.0
    max_ms: float = 0.0


class Delivery(Struct, frozen=True):
    """What screens heard in one second, and how old it was when it reached them."""

    at: float
    events: int = 0
    p50_ms: float = 0.0
    p95_ms: float = 0.0
    p99_ms: float = 0.0
    screens: int = 0


class Wrong(Struct, frozen=True):
    """How often something went wrong in one second, and what."""

    at: float
    route: str
    words: str
    times: int = 1


class Fault(Struct, frozen=True):
    """Something that was broken on purpose, and how long it was felt."""

    name: str
    began: float
    ended: float | None = None
    words: str = ""
    recovered: float | None = None
    error_seconds: float | None = None
    p99_ms: float | None = None


class Verdict(Struct, frozen=True):
    """A promise, whether it held, and what was counted to say so."""

    name: str
    holds: bool
    counted: str = ""
    words: str = ""


class About(Struct, frozen=True):
    """Which run it was, on what; `cpu_seconds` by process where they could be had.

    `remarks` are what whoever ran it wants to have said.
    """

    kind: str = ""
    began: datetime | None = None
    ended: datetime | None = None
    machine: dict[str, Any] = {}
    versions: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    cpu_seconds: dict[str, float] = {}
    remarks: list[str] = []


class Run(Struct, frozen=True):
    """All that a folder holds, and the same load without the cache where there was one.

    `unread` counts lines that are none: at most the last one of each file, if it was cut off.
    """

    about: About
    samples: list[Sample]
    gauges: list[dict[str, float]]
    deliveries: list[Delivery]
    wrongs: list[Wrong]
    faults: list[Fault]
    verdicts: list[Verdict]
    unread: int
    without: "Run | None" = None

    @property
    def span(self) -> tuple[float, float]:
        """From the first to the end of the last second in which somebody asked or listened.

        Where nobody did, of the gauges. In seconds since 1970.
        """
        moments = [each.at for each in self.samples] + [each.at for each in self.deliveries]
        moments = moments or [each["at"] for each in self.gauges if "at" in each]
        began = self.about.began.timestamp() if self.about.began else 0.0
        return min(moments, default=began), max(moments, default=began) + 1

    @property
    def moment(self) -> datetime:
        return self.about.began or datetime.fromtimestamp(self.span[0], UTC)


Line = TypeVar("Line")


def read(folder: Path) -> Run:
    """The run of the folder; what is absent is empty."""
    lines = _Lines(folder)
    faults = lines.of("faults.jsonl", Fault)
    run = Run(
        about=lines.whole("run.json", About, About()),
        samples=lines.of("samples.jsonl", Sample),
        gauges=lines.of("gauges.jsonl", dict[str, float]),
        deliveries=lines.of("deliveries.jsonl", Delivery),
        wrongs=lines.of("errors.jsonl", Wrong),
        faults=sorted(faults, key=lambda fault: fault.began),
        verdicts=lines.whole("verdicts.json", list[Verdict], []),
        unread=lines.unread,
    )
    beside = folder / WITHOUT_CACHE
    return msgspec.structs.replace(run, without=read(beside) if beside.is_dir() else None)


class _Lines:
    """Reads files of a folder, and counts what it could not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.unread = 0

    def of(self, name: str, kind: type[Line]) -> list[Line]:
        found = []
        for line in self._bytes(name).splitlines():
            try:
                found.append(msgspec.json.decode(line, type=kind))
            except (msgspec.DecodeError, UnicodeDecodeError):
                self.unread += 1
        return found

    def whole(self, name: str, kind: Any, absent: Line) -> Line:  # noqa: ANN401 (a type, or one of lists)
        content = self._bytes(name)
        if not content:
            return absent
        try:
            read: Line = msgspec.json.decode(content, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.unread += 1
            return absent
        return read

    def _bytes(self, name: str) -> bytes:
        file = self._folder / name
        return file.read_bytes() if file.exists() else b""
