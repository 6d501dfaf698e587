"""What the cache server does in one go: each function is one command or one script.

`token` is the next unused one; a script that needs more counts on from it.
"""

from tests.cache.model.protocol import Protocol
from tests.cache.model.state import NOBODY, Cache, Entry, Epoch, Noted, Tag


def close(cache: Cache, i: int, protocol: Protocol, token: int) -> Cache:
    """Close the tag and register the writer on it."""
    if protocol.one_key and cache.tag is None and protocol.has("touch what exists"):
        # No tag, no valid entry; and whoever mints the tag waits for this transaction.
        return cache
    registered = cache.registered | {i} if protocol.has("registration") else cache.registered
    return cache._replace(tag=Tag(token, is_open=False), registered=registered)


def finish(cache: Cache, i: int, protocol: Protocol, token: int) -> Cache:
    """Unregister a writer that is decided; the last one opens the tag."""
    if i in cache.registered or not protocol.has("strict finish"):
        return unregister(cache, i, token)
    if not protocol.has("registration") or not protocol.has("close before commit"):
        return unregister(cache, i, token)
    # The server lost the registration, or the resolver was here. These look the same, and in the
    # first case the other writers' registrations are lost too.
    return cache if protocol.one_key else close_epoch(cache, protocol, token)


def unregister(cache: Cache, i: int, token: int) -> Cache:
    """Take a writer off the tag; open if nobody else is on it, and renewed in any case."""
    others = cache.registered - {i}
    return cache._replace(tag=Tag(token, is_open=not others), registered=others)


def renew(cache: Cache, protocol: Protocol, token: int) -> Cache:
    """Pay a debt: what was filled under the tag so far is void."""
    if protocol.one_key and cache.tag is None:
        return cache
    return cache._replace(tag=Tag(token, is_open=not cache.registered))


def close_epoch(cache: Cache, protocol: Protocol, token: int) -> Cache:
    """Void all entries; nothing is stored until the transactions in flight now have ended."""
    if not protocol.has("epoch"):
        return cache
    return cache._replace(epoch=Epoch(token, is_open=not protocol.has("quarantine")))


def mint(cache: Cache, protocol: Protocol, token: int) -> Cache:
    """Make the epoch and the tag that a read found missing."""
    if cache.epoch is None:
        cache, token = close_epoch(cache, protocol, token), token + 1
    if cache.tag is not None:
        return cache
    if protocol.one_key and protocol.has("minted closed"):
        # Who was registered is not known, so nothing opens until all in flight have ended.
        cache, token = close_epoch(cache, protocol, token), token + 1
        return cache._replace(tag=Tag(token, is_open=True))
    is_open = not cache.registered or not protocol.has("minted closed")
    return cache._replace(tag=Tag(token, is_open))


def tokens(cache: Cache, protocol: Protocol) -> Noted | None:
    """The tokens to store under, or nothing where that is not allowed."""
    tag, epoch = cache.tag, cache.epoch
    if tag is None or epoch is None:
        return None
    if protocol.has("fill if open") and not (tag.is_open and epoch.is_open):
        return None
    return Noted(tag.token, epoch.token)


def is_valid(entry: Entry, cache: Cache, protocol: Protocol) -> bool:
    """Whether the entry's tokens are the present ones, and open."""
    tag, epoch = cache.tag, cache.epoch
    if epoch is None or epoch.token != entry.epoch:
        return False
    if protocol.has("serve if open") and not epoch.is_open:
        return False
    if tag is None:
        return not protocol.has("missing is a miss")
    return tag.token == entry.tag and (tag.is_open or not protocol.has("serve if open"))


def without_tag(cache: Cache, protocol: Protocol) -> Cache:
    """The tag is evicted; where token and registrations are one value, both are."""
    return cache._replace(tag=None, registered=NOBODY if protocol.one_key else cache.registered)


def without_registrations(cache: Cache, protocol: Protocol) -> Cache:
    """The registrations are evicted; where token and registrations are one value, both are."""
    return cache._replace(tag=None if protocol.one_key else cache.tag, registered=NOBODY)


def wiped(cache: Cache, protocol: Protocol) -> Cache:
    """FLUSHALL; a protocol without an epoch has none to lose."""
    return Cache(None, None, NOBODY, None if protocol.has("epoch") else cache.epoch)
