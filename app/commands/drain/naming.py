"""Batches that came past the web process: who sent them is let in, and names become ids."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain import accounts, telemetry
from app.streams import AS_SENT, Entry

_ACCEPT = {
    f"readings{AS_SENT}": ("readings", telemetry.accept_readings),
    f"output{AS_SENT}": ("output", telemetry.accept_output),
}


class NotTaken(Exception):
    """A batch from nobody who is let in, or one that is wrong; none of it is stored."""


def named(session: Session, entries: Sequence[Entry], *, now: datetime) -> list[tuple[str, bytes]]:
    """Kind and batch of each entry as `telemetry.store` takes them; raises `NotTaken`.

    Who may send and what is called how is read in the session's own transaction: here nobody
    sends again what was refused for knowledge two seconds old.
    """
    if all(entry.kind not in _ACCEPT for entry in entries):
        return [(entry.kind, entry.batch) for entry in entries]
    names = telemetry.Directory(time.monotonic)
    names.refresh(session)
    admitted = accounts.admitted(session)
    # In the order of their names: two drains never wait for each other crosswise.
    for name in sorted({entry.source for entry in entries} & admitted.keys()):
        accounts.note_seen(session, admitted[name].gateway_id, now)
    return [_named(entry, names, admitted, now) for entry in entries]


def _named(
    entry: Entry,
    names: telemetry.Directory,
    admitted: Mapping[str, accounts.GatewayPass],
    now: datetime,
) -> tuple[str, bytes]:
    if entry.kind not in _ACCEPT:
        return entry.kind, entry.batch
    if entry.source not in admitted:
        raise NotTaken("no gateway of this name is let in")
    kind, accept = _ACCEPT[entry.kind]
    plant_id = admitted[entry.source].plant_id
    try:
        return kind, accept(entry.batch, names=names, plant_id=plant_id, now=now).batch
    except telemetry.Refused as refusal:
        raise NotTaken(refusal.in_short) from refusal
