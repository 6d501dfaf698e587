"""One name for states that differ in names only, so that there are finitely many, and few.

Tokens are renamed in the order of their appearance. Writers are numbered by what they have done,
and so are readers: which is which makes no difference to the rules. Where a tie is not seen, a
state is merely kept twice.
"""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from tests.cache.model.protocol import Protocol
from tests.cache.model.state import IDLE, Cache, Entry, Floor, Noted, Reader, State, Writers

Numbers = tuple[int, ...]
IN_ORDER = [tuple(range(size)) for size in range(5)]
_new_names: dict[Numbers, tuple[list[int] | None, int]] = {}


class Normal(NamedTuple):
    """A state under its one name, and which writer and reader got which place."""

    state: State
    writers: Numbers  # at each place, the number before
    readers: Numbers


def normal(state: State, protocol: Protocol, *, forget: bool) -> Normal:
    if forget:
        state = without_the_void(state, protocol)
    writers = order_of_writers(state)
    if writers != IN_ORDER[len(writers)]:
        state = with_writers_moved(state, writers)
    readers = order_of_readers(state)
    if readers != IN_ORDER[len(readers)]:
        state = state._replace(readers=tuple([state.readers[j] for j in readers]))
    return Normal(with_tokens_renamed(state), writers, readers)


# --- what can never be valid again


def without_the_void(state: State, protocol: Protocol) -> State:
    """Forget tokens that will not come back.

    An entry under them is a miss; storing such an entry only removes the one that is there, which
    an expiry does too. Sound as long as no token is made twice and a missing one proves nothing.
    """
    cache, replica, readers = state.cache, state.replica, state.readers
    living = [pair_of(cache)]
    if replica is not None and not (protocol.has("epoch") and protocol.has("identity")):
        living.append(pair_of(replica))
    if cache.entry is not None and cache.entry[1:] not in living:
        state = state._replace(cache=cache._replace(entry=None))
    if replica is not None and replica.entry is not None and replica.entry[1:] not in living[1:]:
        state = state._replace(replica=replica._replace(entry=None))
    if any(is_void(reader, living) for reader in readers):
        kept = tuple(IDLE if is_void(reader, living) else reader for reader in readers)
        state = state._replace(readers=kept)
    return state


def pair_of(cache: Cache) -> tuple[int, int]:
    """The tokens of tag and epoch; 0 where there is none, which no entry carries."""
    tag, epoch = cache.tag, cache.epoch
    return tag.token if tag is not None else 0, epoch.token if epoch is not None else 0


def is_void(reader: Reader, living: Sequence[tuple[int, int]]) -> bool:
    if reader.noted is not None:
        return reader.noted not in living
    if reader.held is None or reader.rows is not None or reader.inside is not None:
        return False  # in a transaction, it has more to go on with than what it holds
    return reader.held[1:] not in living


# --- tokens


def with_tokens_renamed(state: State) -> State:
    tokens = tokens_of(state)
    known = _new_names.get(tokens)
    if known is None:
        known = _new_names[tokens] = new_names(tokens)
    names, fresh = known
    if names is None:
        return state if state.fresh == fresh else state._replace(fresh=fresh)
    return state._replace(
        cache=renamed_cache(state.cache, names),
        readers=tuple([renamed_reader(reader, names) for reader in state.readers]),
        replica=state.replica and renamed_cache(state.replica, names),
        fresh=fresh,
    )


def new_names(tokens: Sequence[int]) -> tuple[list[int] | None, int]:
    """The new name of each token, or None if all may keep theirs; and the next token."""
    used = list(dict.fromkeys(token for token in tokens if token))
    fresh = len(used) + 1
    if used == list(range(1, fresh)):
        return None, fresh
    names = [0] * (max(used) + 1)
    for name, token in enumerate(used, start=1):
        names[token] = name
    return names, fresh


def tokens_of(state: State) -> tuple[int, ...]:
    """All tokens in a fixed order; 0 where there is none."""
    found = tokens_in_cache(state.cache)
    for reader in state.readers:
        if reader.noted is not None:
            found += reader.noted
        if reader.held is not None:
            found += reader.held[1:]
    if state.replica is not None:
        found += tokens_in_cache(state.replica)
    return found


def tokens_in_cache(cache: Cache) -> tuple[int, ...]:
    epoch, tag, entry = cache.epoch, cache.tag, cache.entry
    return (
        epoch.token if epoch is not None else 0,
        tag.token if tag is not None else 0,
        entry.tag if entry is not None else 0,
        entry.epoch if entry is not None else 0,
    )


def renamed_cache(cache: Cache, names: Sequence[int]) -> Cache:
    entry, tag, registered, epoch = cache
    return Cache(
        entry and Entry(entry.rows, names[entry.tag], names[entry.epoch]),
        tag and tag._replace(token=names[tag.token]),
        registered,
        epoch and epoch._replace(token=names[epoch.token]),
    )


def renamed_reader(reader: Reader, names: Sequence[int]) -> Reader:
    noted, held = reader.noted, reader.held
    if noted is None and held is None:
        return reader
    return reader._replace(
        noted=noted and Noted(names[noted.tag], names[noted.epoch]),
        held=held and Entry(held.rows, names[held.tag], names[held.epoch]),
    )


def with_repeating_tokens(state: State) -> State:
    """No renaming, and a counter that the server keeps in its keys, and restarts with them."""
    epoch, tag, _, _ = tokens_in_cache(state.cache)
    return state._replace(fresh=max(epoch, tag) + 1)


# --- writers and readers


def order_of_readers(state: State) -> Numbers:
    ranks = [
        rank((reader.at, reader.rows, reader.floor, reader.inside, reader.held and reader.held[0]))
        for reader in state.readers
    ]
    return tuple(sorted(range(len(ranks)), key=ranks.__getitem__))


@cache
def rank(shape: tuple[object, ...]) -> str:
    """Any order will do that is the same in every run."""
    return repr(shape)


def order_of_writers(state: State) -> Numbers:
    places = state.writers
    ranks: list[object] = list(places)
    if len(set(places)) < len(places):
        sets = sets_of(state)
        ranks = [(at, [i in writers for writers in sets]) for i, at in enumerate(places)]
    return tuple(sorted(range(len(places)), key=ranks.__getitem__))  # type: ignore[arg-type]


def sets_of(state: State) -> list[Writers]:
    cache = state.cache
    found = [state.visible, state.returned, state.debts, cache.registered]
    if cache.entry is not None:
        found.append(cache.entry.rows)
    if cache.epoch is not None and cache.epoch.awaited is not None:
        found.append(cache.epoch.awaited)
    for reader in state.readers:
        if reader.rows is not None:
            found.append(reader.rows)
        if reader.floor is not None:
            found += reader.floor
    if state.replica is not None:
        found.append(state.replica.registered)
    return found


@cache
def moved(writers: Writers, order: Numbers) -> Writers:
    """The same writers under their new numbers."""
    return frozenset(place for place, i in enumerate(order) if i in writers)


def with_writers_moved(state: State, order: Numbers) -> State:
    return state._replace(
        visible=moved(state.visible, order),
        returned=moved(state.returned, order),
        debts=moved(state.debts, order),
        cache=moved_in_cache(state.cache, order),
        writers=tuple([state.writers[i] for i in order]),
        readers=tuple([moved_in_reader(reader, order) for reader in state.readers]),
        replica=state.replica and moved_in_cache(state.replica, order),
    )


def moved_in_cache(cache: Cache, order: Numbers) -> Cache:
    entry, tag, registered, epoch = cache
    if entry is not None:
        entry = entry._replace(rows=moved(entry.rows, order))
    if epoch is not None and epoch.awaited is not None:
        epoch = epoch._replace(awaited=moved(epoch.awaited, order))
    return Cache(entry, tag, moved(registered, order), epoch)


def moved_in_reader(reader: Reader, order: Numbers) -> Reader:
    at, noted, rows, held, floor, inside = reader
    return Reader(
        at,
        noted,
        None if rows is None else moved(rows, order),
        held and held._replace(rows=moved(held.rows, order)),
        floor and Floor(*[moved(writers, order) for writers in floor]),
        None if inside is None else order.index(inside),
    )
