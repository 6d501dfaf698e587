"""One question for all who ask at the same moment."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Batching(Generic[K, V]):
    """Asks at once for whoever comes while it is idle, and together for all who come meanwhile.

    Nobody waits for others to come, and the more there are the less each costs: what a database
    does for its commits («group commit»). `ask` gives an answer to each key.
    """

    def __init__(self, ask: Callable[[Collection[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._ask = ask
        self._waiting: dict[K, asyncio.Future[V]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def of(self, key: K) -> V:
        """The answer, asked for after this was called; raises what `ask` raises."""
        mine = self._waiting.get(key)
        if mine is None:
            mine = self._waiting[key] = asyncio.get_running_loop().create_future()
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_for_all())
        # Who goes away meanwhile takes nobody's answer along.
        return await asyncio.shield(mine)

    async def _ask_for_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, {}
                await self._answer(batch)
        finally:
            self._asking = None

    async def _answer(self, batch: Mapping[K, asyncio.Future[V]]) -> None:
        try:
            answers = await self._ask(batch.keys())
        except Exception as fault:  # noqa: BLE001 (it is theirs who asked)
            for one in batch.values():
                one.set_exception(fault)
            return
        for key, one in batch.items():
            one.set_result(answers[key])
