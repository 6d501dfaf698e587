"""The settings of an application, by flask-session's names: honoured, or refused with a reason."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from app.sessions.store import Rules

# What stock flask-session takes and this package does otherwise; its own default may be given.
_REFUSED = {
    "SESSION_USE_SIGNER": (False, "tokens carry a mac of their own"),
    "SESSION_ID_LENGTH": (32, "tokens have 256 random bits, no more and no fewer"),
    "SESSION_SERIALIZATION_FORMAT": ("msgpack", "fields are msgpack, each on its own"),
    "SESSION_CLEANUP_N_REQUESTS": (None, "the store forgets what has ended by itself"),
}
_ANOTHER_STORE = (
    *("SESSION_MEMCACHED", "SESSION_CACHELIB", "SESSION_MONGODB", "SESSION_SQLALCHEMY"),
    *("SESSION_DYNAMODB", "SESSION_FILE_DIR"),
)
_FLASKS_LIFETIME = timedelta(days=31)


def refuse(config: Mapping[str, Any]) -> None:
    """Raise `ValueError` for a setting that would be ignored."""
    kind = config.get("SESSION_TYPE")
    if kind not in (None, "redis"):
        raise ValueError(f"SESSION_TYPE is {kind!r}: sessions are kept in Redis or Valkey")
    for name, (default, reason) in _REFUSED.items():
        if config.get(name, default) != default:
            raise ValueError(f"{name} is {config[name]!r}: {reason}")
    for name in _ANOTHER_STORE:
        if config.get(name) is not None:
            raise ValueError(f"{name} is set: sessions are kept in Redis or Valkey")
    if config.get("SESSION_REDIS") is None:
        raise ValueError("SESSION_REDIS is missing: a redis-py client, or a function giving one")
    if not config.get("SECRET_KEY"):
        raise ValueError("SECRET_KEY is missing: tokens and their names in the store need one")
    if not config["SESSION_COOKIE_HTTPONLY"]:
        raise ValueError("SESSION_COOKIE_HTTPONLY is False: no script has business with a token")


def rules(config: Mapping[str, Any]) -> Rules:
    """How long sessions live; `PERMANENT_SESSION_LIFETIME` is the absolute time, if it was set.

    Raises `ValueError` for times that contradict one another.
    """
    usual = Rules()
    lifetime = config["PERMANENT_SESSION_LIFETIME"]
    found = Rules(
        idle=config.get("SESSION_IDLE", usual.idle),
        absolute=config.get(
            "SESSION_ABSOLUTE", usual.absolute if lifetime == _FLASKS_LIFETIME else lifetime
        ),
        touch_every=config.get("SESSION_TOUCH_EVERY", usual.touch_every),
        per_user=config.get("SESSION_PER_USER", usual.per_user),
    )
    if not timedelta(0) <= found.touch_every < found.idle <= found.absolute:
        raise ValueError("SESSION_TOUCH_EVERY < SESSION_IDLE <= SESSION_ABSOLUTE does not hold")
    return found
