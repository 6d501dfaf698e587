"""A reader looks; on a miss it notes the tokens, queries the database, stores the rows."""

from collections.abc import Iterator

from tests.cache.model import scripts
from tests.cache.model.protocol import Protocol, broken_rule
from tests.cache.model.state import (
    BEGUN,
    CLOSE,
    COMPARE,
    IDLE,
    LOOK,
    NOTE,
    QUERY,
    STORE,
    Entry,
    Floor,
    Move,
    Reader,
    State,
    Writers,
    reader_to,
)


def reader_moves(state: State, protocol: Protocol, *, forgiving: bool) -> Iterator[Move]:
    for j, reader in enumerate(state.readers):
        at = reader.at
        if at == LOOK:
            yield from first_moves(state, j, protocol, forgiving=forgiving)
        elif at == BEGUN:
            yield look(state, j, reader, protocol, forgiving=forgiving)
        elif at == COMPARE:
            yield compare(state, j, reader, protocol, forgiving=forgiving)
        elif at == QUERY:
            yield query(state, j, reader, protocol)._replace(writer=reader.inside)
        elif at == NOTE:
            yield note(state, j, reader, protocol)
        elif at == STORE:
            yield store(state, j, reader)._replace(writer=reader.inside)


def first_moves(state: State, j: int, protocol: Protocol, *, forgiving: bool) -> Iterator[Move]:
    """A read begins: by itself, with a snapshot, or inside a transaction that has written."""
    if protocol.repeatable_read:
        begun = Reader(BEGUN, rows=state.visible)
        yield Move("takes its snapshot", with_reader(state, j, begun), reader=j)
    else:
        yield look(state, j, IDLE, protocol, forgiving=forgiving)
    if not protocol.has("bypass"):
        for i, at in enumerate(state.writers):
            if at == CLOSE and all(other.inside != i for other in state.readers):
                move = look(state, j, Reader(inside=i), protocol, forgiving=forgiving)
                yield move._replace(writer=i)


def look(state: State, j: int, reader: Reader, protocol: Protocol, *, forgiving: bool) -> Move:
    """One MGET of epoch, entry and tag; in a cluster, of the entry alone."""
    entry, floor = state.cache.entry, floor_of(state, reader)
    if entry is not None and protocol.split_reads:
        held = reader._replace(at=COMPARE, held=entry, floor=floor)
        return Move("reads the entry", with_reader(state, j, held), reader=j)
    if entry is not None and scripts.is_valid(entry, state.cache, protocol):
        return hit(state, j, reader._replace(held=entry, floor=floor), forgiving=forgiving)
    return miss(state, j, reader, protocol)


def compare(state: State, j: int, reader: Reader, protocol: Protocol, *, forgiving: bool) -> Move:
    """Read epoch and tag, some time after the entry."""
    assert reader.held is not None
    if scripts.is_valid(reader.held, state.cache, protocol):
        return hit(state, j, reader, forgiving=forgiving)
    return miss(state, j, reader._replace(held=None, floor=None), protocol)


def hit(state: State, j: int, reader: Reader, *, forgiving: bool) -> Move:
    entry, floor = reader.held, reader.floor
    assert entry is not None
    assert floor is not None
    now = shown(state, reader)
    breaks = broken_rule(entry.rows, floor, now=now, forgiving=forgiving)
    after = with_reader(state, j, IDLE)
    return Move("HIT", after, reader=j, rows=entry.rows, floor=floor, breaks=breaks)


def miss(state: State, j: int, reader: Reader, protocol: Protocol) -> Move:
    if not protocol.has("tokens first"):
        after = with_reader(state, j, reader._replace(at=QUERY))
        return Move("misses", after, reader=j)
    return note(state, j, reader, protocol)


def note(state: State, j: int, reader: Reader, protocol: Protocol) -> Move:
    """Mint what is missing, and remember the tokens; without them the read leaves no trace."""
    cache = scripts.mint(state.cache, protocol, state.fresh)
    noted = scripts.tokens(cache, protocol)
    if noted is None or (protocol.repeatable_read and protocol.has("young snapshot")):
        after = with_reader(state, j, IDLE)._replace(cache=cache)
        return Move("misses, stores nothing", after, reader=j)
    at = QUERY if reader.rows is None else STORE
    after = with_reader(state, j, reader._replace(at=at, noted=noted))._replace(cache=cache)
    return Move("misses, notes the tokens", after, reader=j)


def query(state: State, j: int, reader: Reader, protocol: Protocol) -> Move:
    rows = shown(state, reader)
    at = STORE if protocol.has("tokens first") else NOTE
    after = with_reader(state, j, reader._replace(at=at, rows=rows))
    return Move("queries", after, reader=j, rows=rows)


def store(state: State, j: int, reader: Reader) -> Move:
    """A plain SET: rows that lost a race carry tokens that are no longer valid."""
    assert reader.rows is not None
    assert reader.noted is not None
    entry = Entry(reader.rows, *reader.noted)
    after = with_reader(state, j, IDLE)._replace(cache=state.cache._replace(entry=entry))
    return Move("stores", after, reader=j, rows=reader.rows)


def floor_of(state: State, reader: Reader) -> Floor:
    return Floor(shown(state, reader), state.returned, state.debts & state.visible)


def shown(state: State, reader: Reader) -> Writers:
    """What the database shows to this reader now; a transaction sees what it wrote itself."""
    return state.visible if reader.inside is None else state.visible | {reader.inside}


def with_reader(state: State, j: int, reader: Reader) -> State:
    return state._replace(readers=reader_to(state, j, reader))
