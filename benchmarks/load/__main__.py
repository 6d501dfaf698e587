"""`make load`: one instance under load, and whether anything was lost."""

import argparse
import asyncio
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit

from benchmarks.batches import Numbering
from benchmarks.browser import NotLetIn, sign_in, stream_of_board
from benchmarks.instance import PLANT, USERNAME, Instance, end_when_told
from benchmarks.load import crowds
from benchmarks.load.crowds import Target
from benchmarks.load.record import Record
from benchmarks.load.stored import await_drain, count
from benchmarks.report import table
from benchmarks.rounds import percentile
from benchmarks.screens import allow_many_files
from lab.engines import EngineFailed

TELL_SECONDS = 5.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")
HEAD = ("route", "requests", "503", "errors", "p50 ms", "p95 ms", "p99 ms")


def main() -> int:
    """Run the load; 1 if a reading was lost or doubled, or anything but 503 went wrong."""
    asked = _arguments()
    end_when_told()
    allow_many_files()
    try:
        with ExitStack() as ending:
            instance = None
            if asked.url is None:
                print("Starting an instance ...", flush=True)
                instance = ending.enter_context(Instance())
                instance.start("web", "live", "drain")
            record, began = Record(), datetime.now(UTC)
            _run(_target(asked, instance), record, asked)
            stored = instance is None or _check(instance, record, since=began)
            # A count of nothing proves nothing.
            stored = stored and bool(record.acknowledged or not asked.gateways)
    except (EngineFailed, NotLetIn) as reason:
        print(f"andon: {reason}", file=sys.stderr)
        return 1
    return 0 if stored and not record.errors else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Put one instance under load.")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--screens", type=int, default=50, help="event streams held open")
    parser.add_argument("--people", type=int, default=8, help="threads that read pages")
    parser.add_argument("--gateways", type=int, default=4, help="threads that post batches")
    parser.add_argument("--url", help="an instance that runs already, with the seeded plant")
    parser.add_argument("--token", help=f"a gateway's token there, of the plant {PLANT}")
    parser.add_argument("--password", help=f"the password of {USERNAME} there")
    parser.add_argument("--anywhere", action="store_true", help="allow other machines in --url")
    asked = parser.parse_args()
    if asked.url:
        asked.url = asked.url.rstrip("/")
        if not (asked.token and asked.password):
            parser.error("--url needs --token and --password")
        if urlsplit(asked.url).hostname not in LOOPBACK and not asked.anywhere:
            parser.error(f"{asked.url} is another machine; say --anywhere if it is yours")
    return asked


def _target(asked: argparse.Namespace, instance: Instance | None) -> Target:
    if instance is None:
        url, password, tokens = asked.url, asked.password, [asked.token]
    else:
        url, password = instance.url("web"), instance.password
        tokens = [instance.token(f"load-{number}") for number in range(asked.gateways)]
    cookie = sign_in(url, USERNAME, password)
    return Target(url, stream_of_board(url, cookie, PLANT), cookie, tokens)


def _run(target: Target, record: Record, asked: argparse.Namespace) -> None:
    stopping, numbering = threading.Event(), Numbering()
    works: list[Callable[[], None]] = [
        lambda: asyncio.run(crowds.watch(target, record, stopping, asked.screens)),
        *(
            partial(crowds.read_pages, target, record, stopping, number)
            for number in range(asked.people)
        ),
        *(
            partial(crowds.send_batches, target, record, stopping, number, numbering)
            for number in range(asked.gateways)
        ),
    ]
    with ThreadPoolExecutor(len(works)) as pool:
        running = [pool.submit(work) for work in works]
        try:
            _tell_until(time.monotonic() + asked.seconds, record)
        finally:
            stopping.set()
    for work in running:
        work.result()
    _conclude(record)


def _tell_until(deadline: float, record: Record) -> None:
    began = time.monotonic()
    while (now := time.monotonic()) < deadline:
        time.sleep(min(TELL_SECONDS, deadline - now))
        print(f"{time.monotonic() - began:4.0f} s: {record.so_far()}", flush=True)


def _conclude(record: Record) -> None:
    print(f"\n{table(HEAD, record.rows())}\n")
    late = [f"p{percent} {percentile(record.late_ms, percent):.0f}" for percent in (50, 95, 99)]
    print(f"{record.events:,} events reached screens")
    print(f"from a reading's moment to a screen, ms: {', '.join(late)}")
    for what, times in record.errors.most_common():
        print(f"error: {what}, {times} times")


def _check(instance: Instance, record: Record, *, since: datetime) -> bool:
    if not await_drain(instance.parts):
        print("the landing streams did not run empty")
        return False
    counted = count(instance.parts, record.acknowledged, since=since)
    print(counted)
    return counted.is_right


if __name__ == "__main__":
    sys.exit(main())
