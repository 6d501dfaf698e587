"""Gateways: they number what they send, and send a batch until it is taken."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec

from app.commands.seed.floor import FloorLine
from lab.chaos.history import ACCEPTED, Sent, value_of
from lab.chaos.witness import Stage

READINGS, PIECES = 10, 2
# Above all numbers of the load beside: what was lost is known by its number alone.
FIRST_NUMBER = 10**12
AGAIN_SECONDS = 1.0


class Gateway:
    """One line's gateway; `numbers` gives the first numbers of batches, none of them twice."""

    def __init__(self, stage: Stage, line: FloorLine, token: str, numbers: Iterator[int]) -> None:
        self._stage = stage
        self._line = line.line.slug
        self._sensors = [sensor.slug for sensor in line.sensors[:READINGS]]
        self._asker = stage.asker()
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
        }
        self._numbers = numbers

    def run(self) -> None:
        """Readings and pieces in turns, until it is over."""
        while self._stage.goes_on():
            first = next(self._numbers)
            self._send_until_taken("readings", range(first, first + READINGS))
            self._send_until_taken("output", range(first, first + PIECES))

    def _send_until_taken(self, kind: Literal["readings", "output"], numbers: range) -> None:
        """The same bytes again and again: what an answer that was lost promised, is kept."""
        body = msgspec.json.encode({kind: getattr(self, f"_{kind}")(numbers)})
        while True:
            answer = self._asker.ask(
                *("POST", f"/api/v1/{kind}", f"POST /api/v1/{kind}"),
                body=body,
                headers=self._headers,
            )
            self._stage.history.note(
                Sent(**answer.facts, kind=kind, line=self._line, first=numbers[0], last=numbers[-1])
            )
            if answer.status == ACCEPTED or not self._stage.goes_on(pause=AGAIN_SECONDS):
                return

    def _readings(self, numbers: range) -> list[dict[str, Any]]:
        now = datetime.now(UTC)
        return [
            {
                "sensor": sensor,
                "at": now + timedelta(microseconds=number % 1000),
                "value": value_of("readings", number),
            }
            for number, sensor in zip(numbers, self._sensors, strict=True)
        ]

    def _output(self, numbers: range) -> list[dict[str, Any]]:
        now = datetime.now(UTC)
        return [
            {
                "id": str(uuid.UUID(int=number)),
                "line": self._line,
                "at": now,
                "good": int(value_of("output", number)),
                "scrap": 0,
            }
            for number in numbers
        ]
