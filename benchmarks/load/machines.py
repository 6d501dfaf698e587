"""Gateways: each sends readings and counted pieces of one line, the same bytes until taken."""

# mypy: disable-error-code="import-not-found,import-untyped"
# Locust is in the benchmarks' environment only.

import itertools
import random
from functools import cache
from http import HTTPStatus

import gevent
from locust import FastHttpUser, constant_pacing, task

from benchmarks.batches import Batch, Numbering
from benchmarks.load.counting import TALLY
from benchmarks.load.entry import Entry

PACE_SECONDS = 0.25
AGAIN_SECONDS = 2.0
# Nobody answered, or asks to come back: a gateway keeps its batch and sends it again.
AGAIN = (0, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT)

_places = itertools.count()


@cache
def _numbering(worker: int, run: int) -> Numbering:
    """One for all gateways of a worker."""
    return Numbering(worker, run=run)


class Gateway(FastHttpUser):  # type: ignore[misc] # Locust is not here where types are checked
    """One of a line's gateways: four batches a second, most of them readings."""

    wait_time = constant_pacing(PACE_SECONDS)
    network_timeout = connection_timeout = 10.0
    insecure = False

    def on_start(self) -> None:
        worker = max(self.environment.runner.worker_index, 0)
        self._numbering = _numbering(worker, self.environment.parsed_options.run)
        self._entry = Entry.from_environment()
        # Workers have their own count: a token and a line from all, wherever each begins.
        self._line = worker + next(_places)
        token = self._entry.tokens[self._line % len(self._entry.tokens)]
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        gevent.sleep(random.uniform(0, PACE_SECONDS))  # noqa: S311 (all at once is no floor)

    @task(7)  # type: ignore[untyped-decorator]
    def readings(self) -> None:
        self._send("readings", self._numbering.batch(self._line))

    @task(1)  # type: ignore[untyped-decorator]
    def output(self) -> None:
        operators = self._entry.accounts["operator"]
        self._send("output", self._numbering.counts(self._line, operators))

    def _send(self, kind: str, batch: Batch) -> None:
        """As a gateway should: again what nobody took; what is refused is dropped, and counted."""
        path = f"/api/v1/{kind}"
        while True:
            status = self._post(path, batch.body)
            if status == HTTPStatus.ACCEPTED:
                TALLY.took(kind, batch.numbers)
            if status not in AGAIN:
                return
            gevent.sleep(AGAIN_SECONDS)

    def _post(self, path: str, body: bytes) -> int:
        with self.client.post(
            path, data=body, headers=self._headers, catch_response=True
        ) as answer:
            status = int(answer.status_code)
            if status != HTTPStatus.ACCEPTED:
                answer.failure(str(status or "no answer"))
        return status
