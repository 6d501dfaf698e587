"""A played plant in time: once a second, what it did is sent, and people look round."""

import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random

import click

from app.commands.gateway.layout import Layout
from app.commands.gateway.people import People
from app.commands.gateway.played import Item, PlayedPlant
from app.commands.gateway.sender import Refused, Sender, Unsent
from app.parts import Parts

TICK_SECONDS = 1.0
STATUS_SECONDS = 10.0


class Status:
    """One line that says how it goes: in place on a terminal, every ten seconds elsewhere."""

    def __init__(self) -> None:
        self._in_place = sys.stdout.isatty()
        self._next = time.monotonic() + STATUS_SECONDS

    def show(self, words: str) -> None:
        if self._in_place:
            click.echo(f"\r{words}\x1b[K", nl=False)
        elif time.monotonic() >= self._next:
            self._next = time.monotonic() + STATUS_SECONDS
            click.echo(words)

    def tell(self, words: str) -> None:
        """Something out of the ordinary, on a line of its own."""
        if self._in_place:
            click.echo("\r\x1b[K", nl=False)
        click.echo(words, err=True)

    def close(self, words: str) -> None:
        """The last word."""
        click.echo(f"\r{words}\x1b[K" if self._in_place else words)


class Simulation:
    """Sends what a plant does until told to stop; what a server is too late for waits here."""

    def __init__(
        self, parts: Parts, layout: Layout, *, rate: float, with_people: bool, status: Status
    ) -> None:
        random, now = Random(), datetime.now(UTC)
        self._plant = PlayedPlant(layout, rate=rate, random=random, now=now)
        self._people = People(parts, layout, random=random, now=now) if with_people else None
        self._status = status

    def run(self, sender: Sender, stopping: threading.Event) -> None:
        """Raises `Refused` when the server will never take anything of ours."""
        while not stopping.is_set():
            stopping.wait(TICK_SECONDS)
            self._tick(sender, stopping, datetime.now(UTC))
            self._status.show(self._how_it_goes(sender))
        self._status.close(f"ended: {self._how_it_goes(sender)}")

    def _tick(self, sender: Sender, stopping: threading.Event, now: datetime) -> None:
        for batch in self._plant.readings(now):
            self._send(sender, "readings", batch)
            if stopping.is_set():
                break
        if pieces := self._plant.output(now):
            self._send(sender, "output", pieces)
        if self._people is not None:
            self._people.look(self._plant.lines, now)

    def _send(self, sender: Sender, kind: str, batch: Sequence[Item]) -> None:
        try:
            sender.send(kind, batch)
        except Unsent as reason:
            self._status.tell(f"{len(batch)} {kind} were not taken: {reason}")
        except Refused as refusal:
            if refusal.is_final:
                raise
            self._status.tell(f"{len(batch)} {kind} were refused: {refusal}")

    def _how_it_goes(self, sender: Sender) -> str:
        counts = sender.counts
        calls = "" if self._people is None else f", {self._people.acts:,} acts of people"
        return (
            f"{counts.sent:,} sent, {counts.accepted:,} accepted, {counts.refused:,} refused, "
            f"{counts.retried:,} batches sent again{calls}"
        )
