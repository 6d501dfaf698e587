"""A writer closes the tag, commits, finishes, returns. It has written before the model begins."""

from collections.abc import Iterator

from tests.cache.model import scripts
from tests.cache.model.protocol import Protocol
from tests.cache.model.state import (
    CLOSE,
    COMMIT,
    ENDED,
    FINISH,
    IN_DOUBT,
    RETURN,
    Move,
    State,
    writer_to,
)


def writer_moves(state: State, protocol: Protocol) -> Iterator[Move]:
    for i, at in enumerate(state.writers):
        if any(reader.inside == i for reader in state.readers):
            continue  # the same thread: it goes on when its read is done
        if at == CLOSE:
            yield Move("closes the tag", closed(state, i, protocol), writer=i)
        elif at == COMMIT:
            yield Move("COMMIT", committed(state, i), writer=i)
        elif at == FINISH:
            yield Move("finishes", finished(state, i, protocol), writer=i)
        elif at == RETURN:
            yield Move("returns from commit()", returned(state, i), writer=i)
        elif at == IN_DOUBT:
            yield Move("is committed by the database", committed_in_doubt(state, i), writer=i)
            yield Move("is rolled back by the database", ended(state, i), writer=i)


def closed(state: State, i: int, protocol: Protocol) -> State:
    cache = scripts.close(state.cache, i, protocol, state.fresh)
    return state._replace(cache=cache, writers=writer_to(state, i, COMMIT))


def committed(state: State, i: int) -> State:
    # A debtor does not finish: it never closed, as far as it knows.
    at = RETURN if i in state.debts else FINISH
    return state._replace(visible=state.visible | {i}, writers=writer_to(state, i, at))


def committed_in_doubt(state: State, i: int) -> State:
    return state._replace(visible=state.visible | {i}, writers=writer_to(state, i, ENDED))


def finished(state: State, i: int, protocol: Protocol) -> State:
    cache = scripts.finish(state.cache, i, protocol, state.fresh)
    at = RETURN if i in state.visible else ENDED
    return state._replace(cache=cache, writers=writer_to(state, i, at))


def returned(state: State, i: int) -> State:
    return state._replace(returned=state.returned | {i}, writers=writer_to(state, i, ENDED))


def ended(state: State, i: int) -> State:
    return state._replace(writers=writer_to(state, i, ENDED))
