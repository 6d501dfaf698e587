"""Where things are kept.

A tag's keys share a cluster slot, as do all tags of a table: its name is their hash tag. So one
script closes a table's tags, and one MGET reads them with the table's epoch.
"""

import secrets

CLOSED = b"!"
TOKENS = "qc:token:"
COUNTS = "qc:counts"
# The server whose data these are, and whether they may be trusted; in a cluster, one a table.
EPOCH = "qc:epoch"


def table(tag: str) -> str:
    """The table a tag speaks of."""
    return tag.partition(":")[0]


def epoch(of_table: str) -> str:
    """A cluster's epoch for a table: it is where the table's tags are."""
    return f"{EPOCH}:{{{of_table}}}"


def horizon(of_epoch: str) -> str:
    """Which transactions may have been in flight when the epoch was closed."""
    return of_epoch.replace(EPOCH, "qc:horizon", 1)


def entry(digest: str) -> str:
    """An answer, with the tokens under which it was filled."""
    return f"qc:answer:{digest}"


def flight(digest: str) -> str:
    """Who is running the query just now."""
    return f"qc:flight:{digest}"


def token(tag: str) -> str:
    """The tag's token: new with each write, never used again; closed while a write is under way."""
    return TOKENS + _slotted(tag)


def writers(tag: str) -> str:
    """The transactions that have closed the tag and not yet finished."""
    return f"qc:writers:{_slotted(tag)}"


def finished(tag: str, transaction: str) -> str:
    """That somebody finished in this transaction's stead."""
    return f"qc:finished:{_slotted(tag)}:{transaction}"


def new_token() -> str:
    """A token that no tag ever had."""
    return secrets.token_hex(8)


def is_open(value: bytes | None) -> bool:
    """Whether a token or epoch is there and not closed."""
    return value is not None and not value.startswith(CLOSED)


def _slotted(tag: str) -> str:
    name, colon, rest = tag.partition(":")
    return f"{{{name}}}{colon}{rest}"
