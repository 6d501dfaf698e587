"""What is known of a tag, as one value: so that nothing of it is lost without the rest."""

from typing import Self

import msgspec

from app.cache import layout
from app.cache.judge import BACKEND

# It is not known yet which transactions were in flight when the tag was minted.
NOT_ASKED = 0


class Tag(msgspec.Struct, frozen=True, array_like=True):
    """Open under its token if no writer is registered and nothing is waited for.

    `writers` are transactions and when they closed it (seconds since 1970). `wait` is a transaction
    newer than all that were in flight when the tag was minted: any of them may have found it
    missing, so none but these are known to be registered.
    """

    token: str
    writers: dict[str, float]
    wait: int | None = None

    @property
    def is_open(self) -> bool:
        return not self.writers and self.wait is None

    @property
    def part(self) -> bytes:
        """What a reader sees of it."""
        return self.token.encode() if self.is_open else layout.CLOSED + self.token.encode()

    def closed(self, transaction: str, now: float) -> Self:
        """With a writer registered."""
        return self.renewed(writers={**self.writers, transaction: now})

    def finished(self, transaction: str) -> Self:
        """Without the writer; the same if it is not registered: then others know more than it."""
        if transaction not in self.writers:
            return self
        writers = {name: at for name, at in self.writers.items() if name != transaction}
        return self.renewed(writers=writers)

    def awaiting(self, horizon: int) -> Self:
        """Waiting for all transactions below the horizon, which was taken after it was minted."""
        return msgspec.structs.replace(self, wait=horizon)

    def waited(self) -> Self:
        """With those ended that it waited for."""
        return msgspec.structs.replace(self.renewed(), wait=None)

    def renewed(self, *, writers: dict[str, float] | None = None) -> Self:
        """With a token that no tag ever had: what was filled so far is void."""
        writers = self.writers if writers is None else writers
        return msgspec.structs.replace(self, token=layout.new_token(), writers=writers)


def minted() -> Tag:
    """A tag that was missing: closed, until it is known who may have found it missing."""
    return Tag(layout.new_token(), {}, NOT_ASKED)


def closed(tag: Tag | None, transaction: str, now: float) -> Tag | None:
    """A writer is about to commit; a missing tag is left so, as whoever mints it will wait."""
    if tag is None:
        # A statement that commits itself has no number yet, so no wait would be for it.
        return minted().closed(transaction, now) if transaction.startswith(BACKEND) else None
    return tag.closed(transaction, now)


def finished(tag: Tag | None, transaction: str) -> Tag | None:
    """A writer is decided; only the last one opens the tag, and only if nothing is waited for."""
    if tag is not None and transaction not in tag.writers and transaction.startswith(BACKEND):
        return tag.renewed()  # it was evicted, and nobody waited for this writer
    return None if tag is None else tag.finished(transaction)


def renewed(tag: Tag | None) -> Tag | None:
    """Expel what was filled under it."""
    return None if tag is None else tag.renewed()


_decoder = msgspec.msgpack.Decoder(Tag)


def read(value: bytes) -> Tag:
    """A tag as it is kept."""
    return _decoder.decode(value)


def written(tag: Tag) -> bytes:
    """A tag as it is to be kept."""
    return msgspec.msgpack.encode(tag)
