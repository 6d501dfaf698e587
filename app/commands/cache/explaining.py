"""Why an answer is kept or not, said for people."""

import time
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from textwrap import indent

from sqlalchemy.dialects import postgresql

from app.cache import Policy, Query, QueryCache, answers, layout
from app.cache.queries import spelled
from app.cache.store import Sight


def explained(cache: QueryCache, query: Query, parameters: dict[str, object]) -> Iterator[str]:
    """The query's statement, policy and tags, and what is kept of its answer just now."""
    yield "statement"
    compiled = query.statement.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
    yield indent(str(compiled), "  ")
    yield f"policy     {_policy(query.policy)}"
    digest, tags = query.asked(spelled(parameters))
    yield f"key        {digest}"
    sight = cache.store.look(digest, tags)
    # An engine without epochs has a part for each tag alone.
    epochs, tokens = sight.parts[: -len(tags) or None], sight.parts[len(sight.parts) - len(tags) :]
    for epoch in epochs:
        yield f"epoch      {_epoch(epoch)}"
    for tag, token in zip(tags, tokens, strict=True):
        yield f"tag        {tag}: {_token(cache, tag, token)}"
    if not tags:
        yield "tags       none: it lives by time alone"
    yield f"answer     {_answer(query, sight)}"


def _policy(policy: Policy) -> str:
    values = ((field.name, getattr(policy, field.name)) for field in fields(policy))
    return ", ".join(f"{name} {_told(value)}" for name, value in values if value is not None)


def _told(value: object) -> str:
    return f"{value.total_seconds():g} s" if isinstance(value, timedelta) else str(value)


def _epoch(value: bytes | None) -> str:
    if value is None:
        return "missing: the cache was wiped, or is new; the next reader begins one"
    if not layout.is_open(value):
        return "closed, until the transactions that were under way when it began have ended"
    return f"open ({value.decode()})"


def _token(cache: QueryCache, tag: str, token: bytes | None) -> str:
    if token is None:
        return "missing: nobody asked for it, or it was evicted; the next reader mints one"
    if layout.is_open(token):
        return f"open ({token.decode()})"
    writers = cache.store.registered(tag)
    if not writers:
        return "closed, by a writer that has just finished"
    waiting = ", ".join(
        f"transaction {transaction} for {max(0.0, time.time() - at):.1f} s"
        for transaction, at in sorted(writers.items())
    )
    return f"closed by a write under way: {waiting}"


def _answer(query: Query, sight: Sight) -> str:
    if sight.answer is None:
        return "not kept: nobody asked, its time is over, or it was evicted"
    kept = f"kept, {len(sight.answer)} bytes"
    if sight.seal is None:
        return f"{kept}, and not served while something above is not open"
    answer = answers.unseal(sight.answer, sight.seal)
    if answer is None:
        return f"{kept}, and never served: something it depends on has changed"
    age = time.time() - answer.made_at
    what = "stale, and served while one refreshes it" if age > answer.fresh_for else "served"
    return (
        f"{kept}, {len(query.decode(answer.body))} rows, {age:.1f} s old and fresh for"
        f" {answer.fresh_for:.0f} s, took {answer.cost * 1000:.2f} ms, and {what}"
    )
