"""`flask replay`: a real recording, sent through the same door as all gateways."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import click
from flask import Flask

from app.commands.gateway.sender import Sender
from app.commands.prompts import secret
from app.commands.recording import Recorded, read_recording
from app.commands.refusals import plainly
from app.domain.telemetry import LONGEST_BATCH
from app.parts import Parts

# A server that is away longer than this is not being restarted; the replay can be run again.
PATIENCE = timedelta(minutes=2)
PACED_SECONDS = 1.0


def install(app: Flask, _parts: Parts) -> None:
    @app.cli.command("replay", with_appcontext=False)
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--sensor", required=True, metavar="SLUG", help="Whose recording it is.")
    @click.option(
        "--speed",
        type=click.FloatRange(0, min_open=True),
        help="Times real time; the recorded times stay.  [default: as fast as it goes]",
    )
    @click.option("--url", default="http://127.0.0.1:8000", show_default=True)
    @click.option("--token-stdin", is_flag=True, help="Read the gateway's token without asking.")
    @plainly()
    def run(file: Path, sensor: str, speed: float | None, url: str, *, token_stdin: bool) -> None:
        """Send a recording: a CSV file with the columns timestamp and value.

        A timestamp without a zone is taken as UTC. One that occurs again is moved on by
        milliseconds, as a sensor has one value at a moment; sending a file again adds nothing.
        """
        recording = read_recording(file)
        token = secret("Token", from_stdin=token_stdin)
        sender = Sender(
            url,
            token,
            stopping=threading.Event(),
            patience=PATIENCE,
            tell=lambda words: click.echo(words, err=True),
        )
        with (
            closing(sender),
            click.progressbar(length=len(recording.readings), label=file.name) as bar,
        ):
            for batch in _batches(recording.readings, speed):
                sender.send("readings", [_item(sensor, reading) for reading in batch])
                bar.update(len(batch))
        click.echo(
            f"{sender.counts.accepted:,} readings were taken; {recording.moved:,} of them repeat a "
            f"timestamp and were moved on by milliseconds"
        )


def _batches(readings: Sequence[Recorded], speed: float | None) -> Iterator[Sequence[Recorded]]:
    """As many at a time as a batch holds; paced, what is due since the last second."""
    if speed is None:
        for first in range(0, len(readings), LONGEST_BATCH):
            yield readings[first : first + LONGEST_BATCH]
        return
    in_time = sorted(readings)
    began, sent = time.monotonic(), 0
    while sent < len(in_time):
        played = timedelta(seconds=(time.monotonic() - began) * speed)
        due = in_time[0].at + played
        last = sent
        while last < min(len(in_time), sent + LONGEST_BATCH) and in_time[last].at <= due:
            last += 1
        if last > sent:
            yield in_time[sent:last]
            sent = last
        elif sent < len(in_time):
            wait = (in_time[sent].at - due).total_seconds() / speed
            time.sleep(max(wait, PACED_SECONDS))


def _item(sensor: str, reading: Recorded) -> dict[str, object]:
    return {"sensor": sensor, "at": reading.at, "value": reading.value}
