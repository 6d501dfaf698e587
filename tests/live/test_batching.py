"""Whoever asks at the same moment is answered by one question."""

import asyncio
from collections.abc import Collection

import pytest

from app.live.batching import Batching


class Oracle:
    """Doubles numbers once it is let, and keeps what it was asked together."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.may_answer = asyncio.Event()

    async def answer(self, numbers: Collection[int]) -> dict[int, int]:
        self.asked.append(sorted(numbers))
        await self.may_answer.wait()
        if 13 in numbers:
            raise LookupError("no number of mine")
        return {number: 2 * number for number in numbers}


async def beginning(batching: Batching[int, int], *numbers: int) -> list[asyncio.Task[int]]:
    """Ask for each at the same moment, and go on once all have."""
    tasks = [asyncio.create_task(batching.of(number)) for number in numbers]
    await asyncio.sleep(0.01)
    return tasks


def test_who_comes_first_waits_for_nobody_and_the_next_are_asked_for_together() -> None:
    async def use() -> tuple[list[int], list[list[int]]]:
        oracle = Oracle()
        batching = Batching(oracle.answer)
        first = await beginning(batching, 1)
        rest = await beginning(batching, 2, 3, 3, 1)
        oracle.may_answer.set()
        return await asyncio.gather(*first, *rest), oracle.asked

    answers, asked = asyncio.run(use())

    assert answers == [2, 4, 6, 6, 2]
    # The second who asked for 1 came after it was asked: an older answer is not theirs.
    assert asked == [[1], [1, 2, 3]]


def test_a_fault_is_told_to_each_who_asked_and_to_nobody_after() -> None:
    async def use() -> tuple[list[int | BaseException], int]:
        oracle = Oracle()
        oracle.may_answer.set()
        batching = Batching(oracle.answer)
        tasks = await beginning(batching, 1, 13)
        return await asyncio.gather(*tasks, return_exceptions=True), await batching.of(4)

    faults, after = asyncio.run(use())

    assert [type(fault) for fault in faults] == [LookupError, LookupError]
    assert after == 8


def test_who_goes_away_takes_nobodys_answer_along() -> None:
    async def use() -> int:
        oracle = Oracle()
        batching = Batching(oracle.answer)
        goes, stays = await beginning(batching, 1, 1)
        goes.cancel()
        with pytest.raises(asyncio.CancelledError):
            await goes
        oracle.may_answer.set()
        return await stays

    assert asyncio.run(use()) == 2
