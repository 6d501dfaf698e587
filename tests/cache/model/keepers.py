"""What is done by whoever passes by: finish for the dead, open the epoch, pay debts."""

from collections.abc import Iterator

from tests.cache.model import scripts
from tests.cache.model.protocol import Protocol
from tests.cache.model.state import (
    COMMIT,
    IN_FLIGHT,
    WAIT_OUT,
    Cache,
    Epoch,
    Move,
    State,
    in_flight,
)


def keeper_moves(state: State, protocol: Protocol) -> Iterator[Move]:
    cache = state.cache
    if cache.entry is not None:
        yield Move("The entry expires", state._replace(cache=cache._replace(entry=None)))
    if cache.registered and protocol.has("resolver"):
        yield from resolutions(state, protocol)
    if cache.epoch is not None and not cache.epoch.is_open:
        yield from openings(state, cache, cache.epoch)
    for i in state.debts & state.visible:
        renews = protocol.has("payment renews")
        paid = scripts.renew(cache, protocol, state.fresh) if renews else cache
        after = state._replace(cache=paid, debts=state.debts - {i})
        yield Move("has its debt paid", after, writer=i)
    if WAIT_OUT in state.writers:
        # No heartbeat renews it while a writer has raised the fence in the database.
        writers = tuple(COMMIT if at == WAIT_OUT else at for at in state.writers)
        after = state._replace(cache=cache._replace(epoch=None), writers=writers)
        yield Move("The epoch lapses", after)


def resolutions(state: State, protocol: Protocol) -> Iterator[Move]:
    for i in state.cache.registered:
        if state.writers[i] not in IN_FLIGHT or not protocol.has("resolver asks"):
            cache = scripts.unregister(state.cache, i, state.fresh)
            after = state._replace(cache=cache)
            yield Move("is finished by the resolver", after, writer=i)


def openings(state: State, cache: Cache, epoch: Epoch) -> Iterator[Move]:
    flying = in_flight(state)
    if epoch.awaited is None:
        noted = cache._replace(epoch=epoch._replace(awaited=flying))
        yield Move("The epoch awaits all in flight", state._replace(cache=noted), rows=flying)
    elif not epoch.awaited & flying:
        opened = cache._replace(epoch=Epoch(epoch.token, is_open=True))
        yield Move("The epoch opens", state._replace(cache=opened))
