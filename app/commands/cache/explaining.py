"""Why an answer is kept or not, said for people."""

import time
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from textwrap import indent

from sqlalchemy.dialects import postgresql

from app.cache import Policy, Query, answers, layout
from app.cache.answers import spelled
from app.parts import Parts


def explained(parts: Parts, query: Query, parameters: dict[str, object]) -> Iterator[str]:
    """The query's statement, policy and tags, and what is kept of its answer just now."""
    yield "statement"
    compiled = query.statement.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
    yield indent(str(compiled), "  ")
    yield f"policy     {_policy(query.policy)}"
    asked = query.asked(spelled(parameters))
    yield f"key        {asked.digest}"
    epoch, answer, *tokens = parts.store.look(asked.digest, asked.tags)
    yield f"epoch      {_state(epoch)}"
    for tag, token in zip(asked.tags, tokens, strict=True):
        yield f"tag        {tag}: {_token(parts, tag, token)}"
    yield f"answer     {_answer(answer, epoch, tokens)}"


def _policy(policy: Policy) -> str:
    values = ((field.name, getattr(policy, field.name)) for field in fields(policy))
    return ", ".join(f"{name} {_told(value)}" for name, value in values if value is not None)


def _told(value: object) -> str:
    return f"{value.total_seconds():g} s" if isinstance(value, timedelta) else str(value)


def _state(value: bytes | None) -> str:
    if value is None:
        return "missing: the cache was wiped, or is new; the next reader begins one"
    if not layout.is_open(value):
        return "closed, until the transactions that were under way when it began have ended"
    return f"open ({value.decode()})"


def _token(parts: Parts, tag: str, token: bytes | None) -> str:
    if token is None:
        return "missing: nobody asked for it, or it was evicted; the next reader mints one"
    if layout.is_open(token):
        return f"open ({token.decode()})"
    writers = parts.store.registered(tag)
    if not writers:
        return "closed, by a writer that has just finished"
    waiting = ", ".join(
        f"transaction {transaction} for {max(0.0, time.time() - at):.1f} s"
        for transaction, at in sorted(writers.items())
    )
    return f"closed by a write under way: {waiting}"


def _answer(answer: bytes | None, epoch: bytes | None, tokens: list[bytes | None]) -> str:
    if answer is None:
        return "not kept: nobody asked, its time is over, or it was evicted"
    known = [token for token in tokens if token is not None]
    if epoch is None or not all(map(layout.is_open, (epoch, *tokens))):
        return f"kept, {len(answer)} bytes, and not served while something above is not open"
    if answers.body_if_valid(answer, epoch, known) is None:
        return f"kept, {len(answer)} bytes, and never served: something it depends on has changed"
    return f"kept, {len(answer)} bytes, and served"
