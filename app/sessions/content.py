"""What is in a session: the bytes that were read, the values made of them, and what changed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog

from app.sessions import codec
from app.sessions.merge import merged

log = structlog.get_logger(__name__)

MOST_FIELD_BYTES = 64 * 1024
# What cannot change in place, and so need not be looked at again.
_SCALAR = (str, int, float, bool, bytes, type(None))

# A field, what it is to be, and the bytes it was read as: empty where it was not read.
FieldChange = tuple[str, bytes, bytes]


class SessionTooLarge(ValueError):
    """More than a session may hold; nothing was written, and what was there before is intact."""


class Content:
    """Values by key; changes within lists and dicts are found by spelling them again."""

    def __init__(self) -> None:
        self._stored: dict[str, bytes] = {}
        self._values: dict[str, Any] = {}
        self._assigned: set[str] = set()
        self._looked: set[str] = set()
        self.removed: set[str] = set()

    def read(self, stored: Mapping[str, bytes]) -> None:
        """What the store has, beneath what was written before it was asked."""
        self._stored = dict(stored)

    def has_value(self, key: object) -> bool:
        """Whether the value is known without asking the store."""
        return key in self._values

    def get(self, key: str) -> Any:  # noqa: ANN401 (whatever was stored)
        """The value; `KeyError` if there is none. That it was looked at counts from now on."""
        if key in self._values:
            return self._values[key]
        self._looked.add(key)
        if key in self.removed:
            raise KeyError(key)
        try:
            value = self._values[key] = codec.decode(self._stored[key])
        except codec.Undecodable:
            log.error("sessions.undecodable", field=key)  # noqa: TRY400 (a traceback may tell the value)
            raise KeyError(key) from None
        return value

    def put(self, key: str, value: object) -> None:
        """Assign it. Raises `TypeError` for what cannot be stored, and `SessionTooLarge`."""
        spell(key, value)
        self._values[key] = value
        self._assigned.add(key)
        self.removed.discard(key)

    def counted(self, key: str, count: int) -> None:
        """The store has this count by now."""
        self._values[key], self._stored[key] = count, codec.encode(count)

    def is_assigned(self, key: str) -> bool:
        return key in self._assigned

    def remove(self, key: str) -> None:
        self._values.pop(key, None)
        self._assigned.discard(key)
        self.removed.add(key)

    def has(self, key: str) -> bool:
        """Whether it is there; that it was looked for counts from now on."""
        self._looked.add(key)
        return key in self._values or (key in self._stored and key not in self.removed)

    def keys(self) -> list[str]:
        return [key for key in {**self._stored, **self._values} if key not in self.removed]

    def beside(self, changes: Iterable[FieldChange]) -> tuple[int, int]:
        """How many fields and bytes stay as they were read."""
        written = {key for key, _, _ in changes} | self.removed
        sizes = [len(raw) for key, raw in self._stored.items() if key not in written]
        return len(sizes), sum(sizes)

    def changes(self) -> list[FieldChange]:
        """What differs from what was read."""
        found = []
        for key, value in self._values.items():
            if key in self._assigned or not isinstance(value, _SCALAR):
                spelled, stored = spell(key, value), self._stored.get(key)
                if spelled != stored:
                    read = (stored or codec.MISSING) if key in self._looked else b""
                    found.append((key, spelled, read))
        return found


def merge(change: FieldChange, theirs: bytes) -> FieldChange:
    """The change, put together with what somebody else wrote; raises `Unmergeable`."""
    key, mine, read = change
    return key, spell(key, merged(*map(_side, (read, mine, theirs)))), theirs


def spell(key: str, value: object) -> bytes:
    """The value's bytes; raises `TypeError`, or `SessionTooLarge` where they are too many."""
    spelled = codec.encode(value)
    if len(spelled) > MOST_FIELD_BYTES:
        raise SessionTooLarge(
            f"{key!r} has {len(spelled)} bytes; a field of a session holds {MOST_FIELD_BYTES}"
        )
    return spelled


def changed_keys(differing: Sequence[bytes]) -> dict[str, bytes]:
    """What the store answered of fields that differ: by key, what they are now."""
    return dict(zip(map(bytes.decode, differing[::2]), differing[1::2], strict=True))


def _side(raw: bytes) -> object:
    return codec.MISSING if raw == codec.MISSING else codec.decode(raw)
