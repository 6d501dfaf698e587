import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Protocol
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from app.commands.gateway.sender import CannotSend, Refused, Sender, Unsent

ITEMS = [{"sensor": "a", "value": 1.0}]
PROBLEM = '{"detail": "1 item is wrong", "errors": [{"index": 0, "field": "at", "reason": "no"}]}'


class SenderTo(Protocol):
    def __call__(
        self,
        url: str,
        *,
        stopping: threading.Event | None = None,
        patience: timedelta | None = None,
        tell: Callable[[str], object] = str,
    ) -> Sender: ...


class Answers:
    """A server that answers what it is told, one answer a request, and remembers the bodies."""

    def __init__(self) -> None:
        self.url = ""
        self.queue: list[Response] = []
        self.bodies: list[bytes] = []
        self.tokens: list[str] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        self.bodies.append(request.get_data())
        self.tokens.append(request.headers["Authorization"])
        answer = self.queue.pop(0) if self.queue else Response('{"accepted": 1}', 202)
        return answer(environ, start_response)


@pytest.fixture
def answers() -> Iterator[Answers]:
    told = Answers()
    server = make_server("127.0.0.1", 0, told)
    told.url = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sender_to() -> Iterator[SenderTo]:
    made: list[Sender] = []

    def sender(
        url: str,
        *,
        stopping: threading.Event | None = None,
        patience: timedelta | None = None,
        tell: Callable[[str], object] = str,
    ) -> Sender:
        stopping = stopping or threading.Event()
        made.append(Sender(url, "1.token", stopping=stopping, patience=patience, tell=tell))
        return made[-1]

    yield sender
    for each in made:
        each.close()


def test_a_batch_is_sent_again_unchanged_until_it_is_taken(
    answers: Answers, sender_to: SenderTo
) -> None:
    answers.queue = [
        Response("", 503, {"Retry-After": "0"}),
        Response("", 429, {"Retry-After": "1"}),
    ]
    heard: list[str] = []
    sender = sender_to(answers.url, tell=heard.append)
    sender.send("readings", ITEMS)

    assert len(answers.bodies) == 3
    assert len(set(answers.bodies)) == 1
    assert set(answers.tokens) == {"Bearer 1.token"}
    assert (sender.counts.sent, sender.counts.accepted, sender.counts.retried) == (1, 1, 2)
    assert len(heard) == 1


@pytest.mark.parametrize(("status", "is_final"), [(422, False), (400, False), (401, True)])
def test_a_refused_batch_is_not_sent_again(
    *, answers: Answers, sender_to: SenderTo, status: int, is_final: bool
) -> None:
    answers.queue = [Response(PROBLEM, status)]
    sender = sender_to(answers.url)

    with pytest.raises(Refused, match=f"{status}: 1 item is wrong; item 0, at: no") as refused:
        sender.send("readings", ITEMS)
    assert refused.value.is_final == is_final
    assert len(answers.bodies) == 1
    assert sender.counts.refused == 1


def test_a_redirection_is_no_acceptance(answers: Answers, sender_to: SenderTo) -> None:
    answers.queue = [Response("", 301, {"Location": "https://elsewhere.example/"})]

    with pytest.raises(Refused, match="301: MOVED PERMANENTLY"):
        sender_to(answers.url).send("readings", ITEMS)


def test_patience_ends(sender_to: SenderTo) -> None:
    sender = sender_to("http://127.0.0.1:1", patience=timedelta(seconds=1))

    with pytest.raises(Unsent, match="does not answer"):
        sender.send("readings", ITEMS)
    assert sender.counts.accepted == 0


def test_stopping_ends_the_wait_at_once(sender_to: SenderTo) -> None:
    stopping = threading.Event()
    stopping.set()

    with pytest.raises(Unsent):
        sender_to("http://127.0.0.1:1", stopping=stopping).send("readings", ITEMS)


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://plant", "http://", "http://[", "x"])
def test_a_url_that_leads_nowhere_is_refused(sender_to: SenderTo, url: str) -> None:
    with pytest.raises(CannotSend):
        sender_to(url)
