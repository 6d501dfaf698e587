"""`flask simulate`: a gateway that plays its plant and sends it through the public door."""

import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import click
from flask import Flask

from app.commands.gateway.layout import read_layout
from app.commands.gateway.sender import Sender
from app.commands.gateway.simulation import Simulation, Status
from app.commands.prompts import secret
from app.commands.refusals import plainly
from app.parts import Parts

# Beyond it, the moments of one sensor's readings would be less than a microsecond apart.
HIGHEST_RATE = 100_000


def install(app: Flask, parts: Parts) -> None:
    @app.cli.command("simulate", with_appcontext=False)
    @click.option("--url", default="http://127.0.0.1:8000", show_default=True)
    @click.option("--token-stdin", is_flag=True, help="Read the gateway's token without asking.")
    @click.option("--plant", required=True, metavar="SLUG", help="The plant to play.")
    @click.option(
        "--rate",
        type=click.FloatRange(0, HIGHEST_RATE, min_open=True),
        default=20,
        show_default=True,
        help="Readings a second, over all sensors.",
    )
    @click.option("--seconds", type=click.FloatRange(0, min_open=True), help="End by itself.")
    @click.option("--with-people", is_flag=True, help="Pull cords and answer calls too.")
    @plainly()
    def run(
        url: str,
        plant: str,
        rate: float,
        seconds: float | None,
        *,
        token_stdin: bool,
        with_people: bool,
    ) -> None:
        """Play the machines of a plant until told to stop.

        Sends readings and counted pieces as a gateway would, with faults: limits are passed,
        lines stop or are slow, sensors fall silent. A batch that cannot be taken is sent again.
        """
        stopping, status = threading.Event(), Status()
        token = secret("Token", from_stdin=token_stdin)
        sender = Sender(url, token, stopping=stopping, tell=status.tell)
        with parts.database.transaction() as session:
            layout = read_layout(session, plant)
        simulation = Simulation(parts, layout, rate=rate, with_people=with_people, status=status)
        click.echo(f"playing {layout.plant.name}: {len(layout.lines)} lines, {rate:g} readings/s")
        with stopped(stopping, after=seconds), closing(sender):
            simulation.run(sender, stopping)


@contextmanager
def stopped(stopping: threading.Event, *, after: float | None) -> Iterator[None]:
    """Ctrl-C, SIGTERM and time set `stopping`; the signals are put back on leaving."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: stopping.set()) for number in numbers]
    timer = threading.Timer(after or 0, stopping.set)
    if after is not None:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
