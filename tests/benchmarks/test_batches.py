import uuid
from datetime import datetime
from typing import Any

import msgspec
import pytest

from benchmarks.batches import COUNTS, READINGS, SENDERS, Batch, Numbering


def items(batch: Batch, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = msgspec.json.decode(batch.body)[kind]
    return found


def test_no_two_senders_use_a_number_or_a_moment_of_a_sensor_twice() -> None:
    sent = [
        item
        for sender in (0, 1, SENDERS - 1)
        for numbering in [Numbering(sender)]
        for _ in range(3)
        for item in items(numbering.batch(0), "readings")
    ]

    assert len(sent) == 9 * READINGS
    assert len({item["value"] for item in sent}) == len(sent)
    assert len({(item["sensor"], item["at"]) for item in sent}) == len(sent)


def test_each_sender_has_microseconds_of_its_own() -> None:
    for sender in (0, 1, SENDERS - 1):
        batch = Numbering(sender).batch(0)
        moments = {datetime.fromisoformat(item["at"]) for item in items(batch, "readings")}

        assert {moment.microsecond % SENDERS for moment in moments} == {sender}


def test_a_batch_says_which_numbers_it_carries_and_its_newest_moment() -> None:
    batch = Numbering(3).batch(1)
    told = items(batch, "readings")

    assert [item["value"] for item in told] == list(batch.numbers)
    assert max(datetime.fromisoformat(item["at"]) for item in told) == batch.newest


def test_a_count_has_its_number_in_its_id_and_another_id_in_another_run() -> None:
    first, second = (Numbering(run=run).counts(0, ["a", "b"]) for run in (1, 2))
    ids = [uuid.UUID(item["id"]).int for item in items(first, "output")]
    later = [uuid.UUID(item["id"]).int for item in items(second, "output")]

    assert [each & (2**64 - 1) for each in ids] == list(first.numbers)
    assert len(ids) == COUNTS
    assert set(ids).isdisjoint(later)


def test_more_senders_than_have_moments_are_refused() -> None:
    with pytest.raises(ValueError, match="only 64"):
        Numbering(SENDERS)
