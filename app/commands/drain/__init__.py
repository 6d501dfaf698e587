"""The drain: landed batches into the database, word of it to pages and boards, and debts paid.

It also keeps a record of how the whole is doing.
"""

import signal
import threading
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

import structlog
from flask import Flask

from app.commands.drain.lander import Lander
from app.commands.drain.observer import Observer
from app.commands.drain.payer import Payer
from app.commands.drain.ranker import Ranker
from app.commands.drain.teller import Teller
from app.parts import Parts

log = structlog.get_logger(__name__)


def install(app: Flask, parts: Parts) -> None:
    """Add `flask drain`."""

    @app.cli.command("drain")
    def drain() -> None:
        """Move landed batches into the database until told to stop."""
        stopping = threading.Event()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        run(parts, stopping)


def run(parts: Parts, stopping: threading.Event) -> None:
    """Work until `stopping` is set, then finish the batch in hand.

    An error that is no outage ends all workers and is raised: whoever started the process starts
    it anew, rather than a part of it being silently gone.
    """
    teller = Teller(parts, stopping)
    ranker = Ranker(parts, stopping)
    landers = [
        Lander(parts, stream, teller=teller, ranker=ranker, stopping=stopping)
        for stream in parts.landing.streams
    ]
    log.info("drain.started", streams=len(landers), name=parts.config.instance_id)
    workers: list[Teller | Ranker | Payer | Observer | Lander] = [
        *(teller, ranker, Payer(parts, stopping), Observer(parts, stopping)),
        *landers,
    ]
    with ThreadPoolExecutor(len(workers)) as pool:
        works = [pool.submit(worker.run) for worker in workers]
        done, _ = wait(works, return_when=FIRST_EXCEPTION)
        stopping.set()
    for work in done:
        work.result()
    log.info("drain.stopped")
