"""What Lambda calls with each batch of messages."""

import os
import sys
from typing import Any

import structlog

from app import iam
from app.config import ConfigError, IngestConfig
from app.ingest import message
from app.observability import logs
from app.streams import AS_SENT, PASSING, Landing, LandingFull, connect, is_cluster

log = structlog.get_logger(__name__)


class Handler:
    """Lands messages of SQS, and names those that did not land, so that SQS gives them again.

    What is named too often, SQS puts into the dead-letter queue.
    """

    def __init__(self, landing: Landing) -> None:
        self._landing = landing

    def __call__(self, event: dict[str, Any], context: object) -> dict[str, list[dict[str, str]]]:
        records = event["Records"]
        left = self._land(records)
        log.info("ingest.landed", messages=len(records) - len(left), left=len(left))
        return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in left]}

    def _land(self, records: list[dict[str, Any]]) -> list[str]:
        """Land what can be; the ids of the others."""
        left: list[str] = []
        for place, record in enumerate(records):
            id_ = record["messageId"]
            try:
                sent = message.read(record["body"])
                self._landing.add(sent.batch, source=sent.gateway, kind=sent.kind + AS_SENT)
            except message.Malformed as malformed:
                log.warning("ingest.malformed", message=id_, why=str(malformed))
                left.append(id_)
            except LandingFull as full:
                # Another gateway's stream may have room.
                log.warning("ingest.landing_full", message=id_, stream=str(full))
                left.append(id_)
            except PASSING as fault:
                # Each further one would wait for its own time-outs, and the function's comes first.
                log.warning("ingest.cache_away", fault=type(fault).__name__)
                return left + [later["messageId"] for later in records[place:]]
        return left


def create_handler() -> Handler:
    """The handler, built once for all calls; `index.py` in the zip asks for it."""
    try:
        config = IngestConfig.from_environment(os.environ)
    except ConfigError as error:
        sys.exit(f"andon: {error}")
    logs.configure(as_json=True)
    # Dialled at the first message: an outage of the cache fails calls, and not the start.
    tokens = iam.cache_tokens(iam.Signer(config.aws_region or ""), config.cache_iam)
    options = iam.cluster_options if is_cluster(config.cache_url) else iam.client_options
    landing = Landing(
        connect(config.cache_url, options(tokens)),
        streams=config.landing_streams,
        bound_bytes=config.landing_megabytes * 1_000_000,
    )
    return Handler(landing)
