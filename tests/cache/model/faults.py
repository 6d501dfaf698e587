"""What may go wrong: each fault at most once in a run, except that any writer may be cut off."""

from collections.abc import Callable, Collection, Iterator

from tests.cache.model import scripts
from tests.cache.model.protocol import Protocol
from tests.cache.model.state import (
    CLOSE,
    COMMIT,
    ENDED,
    FINISH,
    IN_DOUBT,
    WAIT_OUT,
    Move,
    State,
    writer_to,
)

REFUSED, STOPS, CUT_OFF = "refused commit", "writer stops", "writer cut off"
TAG, REGISTRATIONS = "tag evicted", "registrations evicted"
WIPE, FAILOVER = "wipe", "failover"


def fault_moves(state: State, protocol: Protocol, faults: Collection[str]) -> Iterator[Move]:
    for fault in faults:
        if fault not in state.happened:
            spent = state.happened if fault == CUT_OFF else state.happened | {fault}
            for move in WHAT_HAPPENS[fault](state, protocol):
                after = move.state._replace(happened=spent)
                yield move._replace(state=after, is_fault=True)
    if FAILOVER in faults and FAILOVER not in state.happened and state.replica is None:
        yield Move("The replica has this much", state._replace(replica=state.cache))


def commit_refused(state: State, protocol: Protocol) -> Iterator[Move]:
    for i, at in enumerate(state.writers):
        if at == COMMIT:
            yield Move("has its COMMIT refused", moved(state, i, FINISH), writer=i)


def writer_stops(state: State, protocol: Protocol) -> Iterator[Move]:
    for i, at in enumerate(state.writers):
        if at == COMMIT:
            yield Move("stops, its COMMIT perhaps sent", moved(state, i, IN_DOUBT), writer=i)
        elif at not in {ENDED, IN_DOUBT}:
            yield Move("stops for ever", moved(state, i, ENDED), writer=i)


def tag_evicted(state: State, protocol: Protocol) -> Iterator[Move]:
    if state.cache.tag is not None:
        cache = scripts.without_tag(state.cache, protocol)
        yield Move("The tag is evicted", state._replace(cache=cache))


def registrations_evicted(state: State, protocol: Protocol) -> Iterator[Move]:
    if state.cache.registered:
        cache = scripts.without_registrations(state.cache, protocol)
        yield Move("The registrations are evicted", state._replace(cache=cache))


def wipe(state: State, protocol: Protocol) -> Iterator[Move]:
    yield Move("THE SERVER IS WIPED", state._replace(cache=scripts.wiped(state.cache, protocol)))


def failover(state: State, protocol: Protocol) -> Iterator[Move]:
    """The server is again what the replica had; whoever connects sees that it is another one."""
    if state.replica is None:
        return
    cache = state.replica
    if protocol.has("identity"):
        cache = scripts.close_epoch(cache, protocol, state.fresh)
    yield Move("THE REPLICA TAKES OVER", state._replace(cache=cache, replica=None))


def writer_cut_off(state: State, protocol: Protocol) -> Iterator[Move]:
    """A writer cannot close its tag, or does not learn that it did; the policy says what then."""
    for i, at in enumerate(state.writers):
        if at == CLOSE:
            after = without_cache(state, i, protocol)
            yield Move("cannot reach the cache", after, writer=i)
            cache = scripts.close(state.cache, i, protocol, state.fresh)
            yield Move("closes, is not told", after._replace(cache=cache), writer=i)


def without_cache(state: State, i: int, protocol: Protocol) -> State:
    if protocol.unreachable == "owe":
        return moved(state, i, COMMIT)._replace(debts=state.debts | {i})
    return moved(state, i, WAIT_OUT if protocol.unreachable == "fence" else ENDED)


def moved(state: State, i: int, at: str) -> State:
    return state._replace(writers=writer_to(state, i, at))


WHAT_HAPPENS: dict[str, Callable[[State, Protocol], Iterator[Move]]] = {
    REFUSED: commit_refused,
    STOPS: writer_stops,
    CUT_OFF: writer_cut_off,
    TAG: tag_evicted,
    REGISTRATIONS: registrations_evicted,
    WIPE: wipe,
    FAILOVER: failover,
}
