"""Where things are kept. A tag's keys share a cluster slot by their hash tag."""

import secrets

# The server whose data these are, and whether they may be trusted.
EPOCH = "qc:epoch"
HORIZON = "qc:epoch:horizon"
CLOSED = b"!"


def entry(digest: str) -> str:
    """An answer, with the tokens under which it was filled."""
    return f"qc:answer:{digest}"


def flight(digest: str) -> str:
    """Who is running the query just now."""
    return f"qc:flight:{digest}"


def token(tag: str) -> str:
    """The tag's token: new with each write, never used again; closed while a write is under way."""
    return f"qc:token:{{{tag}}}"


def writers(tag: str) -> str:
    """The transactions that have closed the tag and not yet finished."""
    return f"qc:writers:{{{tag}}}"


def finished(tag: str, transaction: str) -> str:
    """That somebody finished in this transaction's stead."""
    return f"qc:finished:{{{tag}}}:{transaction}"


def new_token() -> str:
    """A token that no tag ever had."""
    return secrets.token_hex(8)


def is_open(value: bytes | None) -> bool:
    """Whether a token or epoch is there and not closed."""
    return value is not None and not value.startswith(CLOSED)
