"""What SQS hands to the function, and the drain that stores what the function landed."""

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.commands.drain.lander import Lander
from app.commands.drain.ranker import Ranker
from app.commands.drain.teller import Teller
from app.ingest import Handler
from app.observability import logs
from app.parts import Parts
from app.streams import Landing, connect
from lab.engines import Valkey

START = datetime.now(UTC) - timedelta(hours=1)
SENSOR = "press-s1-temperature"
Drain = Callable[[], None]
Ask = Callable[[str], list[tuple[Any, ...]]]


def readings(gateway: str = "gateway-north", *, sensor: str = SENSOR, first: int = 0) -> str:
    """The body of a message with two readings."""
    items = [
        {"sensor": sensor, "at": (START + timedelta(seconds=second)).isoformat(), "value": 20.5}
        for second in (first, first + 1)
    ]
    return json.dumps({"gateway": gateway, "readings": items})


def output(id_: uuid.UUID, *, line: str = "press", **more: str) -> str:
    """The body of a message with seven good pieces."""
    item = {"id": str(id_), "line": line, "at": START.isoformat(), "good": 7, **more}
    return json.dumps({"gateway": "gateway-north", "output": [item]})


def event(*bodies: str) -> dict[str, Any]:
    """What Lambda is called with for these messages, the first of which is number 0."""
    return {"Records": [record(str(number), body) for number, body in enumerate(bodies)]}


def record(id_: str, body: str) -> dict[str, Any]:
    return {
        "messageId": id_,
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1764000000000",
            "SenderId": "AROAEXAMPLE:rule",
            "ApproximateFirstReceiveTimestamp": "1764000000001",
        },
        "messageAttributes": {},
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:IngestQueue",
        "awsRegion": "eu-central-1",
    }


def left(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    """The messages that SQS is to give again."""
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


@pytest.fixture(autouse=True)
def logging() -> None:
    """As the function itself does before its first word: structlog keeps to what it meets then."""
    logs.configure(as_json=True)


@pytest.fixture
def handler(parts: Parts) -> Handler:
    return Handler(parts.landing)


@pytest.fixture
def apart(valkey: Valkey) -> Iterator[Landing]:
    """The landing streams of a cache that the test may freeze; 300 bytes fill one of them."""
    redis = connect(valkey.url)
    yield Landing(redis, streams=2, bound_bytes=300)
    redis.close()


@pytest.fixture
def lander(parts: Parts) -> Callable[[str], Lander]:
    def build(stream: str) -> Lander:
        stopping = threading.Event()
        parts.landing.open(stream)
        return Lander(
            parts,
            stream,
            teller=Teller(parts, stopping),
            ranker=Ranker(parts, stopping),
            stopping=stopping,
        )

    return build


@pytest.fixture
def drain(parts: Parts, lander: Callable[[str], Lander]) -> Drain:
    """Moves all that has landed."""

    def run() -> None:
        for stream in parts.landing.streams:
            mover = lander(stream)
            unfinished = parts.landing.mine(stream, "test", most=100)
            new = parts.landing.take(stream, "test", most=100, wait=timedelta(milliseconds=1))
            mover.move([*unfinished, *new])

    return run


@pytest.fixture
def ask(parts: Parts) -> Ask:
    """The database's answer to a question."""

    def rows(statement: str) -> list[tuple[Any, ...]]:
        with parts.database.transaction() as session:
            return [tuple(row) for row in session.execute(text(statement))]

    return rows
