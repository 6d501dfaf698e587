"""A message as it is sent: who it is from, and what."""

import json
from typing import NamedTuple

KINDS = ("readings", "output")
# As long as a gateway's name can be.
LONGEST_NAME = 80


class Malformed(Exception):
    """A message that can never land; says why, and nothing of what is in it."""


class Message(NamedTuple):
    gateway: str
    kind: str
    # As `POST /api/v1/readings` and `/output` take it, and spelled anew: what is not JSON, though
    # Python reads it, is found by whoever stores it.
    batch: bytes


def read(body: str) -> Message:
    """The message, or `Malformed`; what is in the batch is judged where the names are known."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"it is no JSON: {error}") from error
    if not isinstance(sent, dict):
        raise Malformed("it is no JSON object")
    gateway = sent.pop("gateway", None)
    # A name goes into keys, logs and PostgreSQL: no NUL, no half of a surrogate pair.
    if not (isinstance(gateway, str) and 1 <= len(gateway) <= LONGEST_NAME):
        raise Malformed(f"gateway is no name of 1 to {LONGEST_NAME} characters")
    if not gateway.isprintable():
        raise Malformed("gateway has characters that no name has")
    # A rule of IoT that selects both may give the one that is not there as null.
    batch = {name: value for name, value in sent.items() if value is not None}
    kind = next(iter(batch), "")
    if len(batch) != 1 or kind not in KINDS:
        raise Malformed(f"beside gateway it has not one of {' and '.join(KINDS)}, and no more")
    return Message(gateway, kind, json.dumps(batch, separators=(",", ":")).encode())
