"""Scripts by their digest, sent whole where the server has lost them, as a new one has."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from redis.exceptions import NoScriptError

from app.streams.client import Client

# The keys, which share a cluster's slot, and the other arguments.
Call = tuple[Sequence[str], Sequence[bytes | str | int]]


class Script:
    """A Lua script, for one server or a cluster, whose pipelines do not take redis-py's own."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._digest = hashlib.sha1(source.encode()).hexdigest()  # noqa: S324 (the server's own name for it)

    def run(self, client: Client, keys: Sequence[str], *arguments: bytes | str | int) -> Any:  # noqa: ANN401 (what a script answers)
        """What the script answers."""
        try:
            return client.evalsha(self._digest, len(keys), *keys, *arguments)
        except NoScriptError:
            return client.eval(self._source, len(keys), *keys, *arguments)

    def run_all(self, client: Client, calls: Iterable[Call]) -> list[Any]:
        """What it answers to each call, for one round trip to each server concerned.

        Those that could be made are made, also where this raises the fault of another.
        """
        calls = list(calls)
        answers = _together(client, "EVALSHA", self._digest, calls)
        unknown = [at for at, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if unknown:
            again = _together(client, "EVAL", self._source, [calls[at] for at in unknown])
            for at, answer in zip(unknown, again, strict=True):
                answers[at] = answer
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers


def _together(client: Client, how: str, script: str, calls: Sequence[Call]) -> list[Any]:
    with client.pipeline(transaction=False) as pipeline:
        for keys, arguments in calls:
            pipeline.execute_command(how, script, len(keys), *keys, *arguments)
        answers: list[Any] = pipeline.execute(raise_on_error=False)
    return answers
