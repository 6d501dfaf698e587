"""Two requests changed the same field: what each of them did, put together."""

from typing import Any

from app.sessions import codec


class Unmergeable(Exception):
    """There is no telling what both together would have written: the later one stays."""


def merged(base: object, mine: object, theirs: object) -> Any:  # noqa: ANN401 (of the kind of the three)
    """The three-way merge of one field: by key for dicts, as a multiset for lists.

    A field that was not there counts as an empty one of the other kind. Raises `Unmergeable` for
    scalars, and for what changed its kind; `session.incr()` is for counters.
    """
    for kind in (dict, list):
        if isinstance(mine, kind):
            base, theirs = (kind() if side is codec.MISSING else side for side in (base, theirs))
    if isinstance(base, dict) and isinstance(mine, dict) and isinstance(theirs, dict):
        return _by_key(base, mine, theirs)
    if isinstance(base, list) and isinstance(mine, list) and isinstance(theirs, list):
        return _as_multiset(base, mine, theirs)
    raise Unmergeable


def _by_key(base: dict[Any, Any], mine: dict[Any, Any], theirs: dict[Any, Any]) -> dict[Any, Any]:
    result = dict(theirs)
    for key in base.keys() | mine.keys():
        if key not in mine:
            result.pop(key, None)
        elif key not in base or mine[key] != base[key]:
            result[key] = mine[key]
    return result


def _as_multiset(base: list[Any], mine: list[Any], theirs: list[Any]) -> list[Any]:
    """What they have, less what I took from the base, and what I added to it at the end."""
    added = list(mine)
    taken = [item for item in base if not _remove(added, item)]
    result = list(theirs)
    for item in taken:
        _remove(result, item)
    return result + added


def _remove(items: list[Any], item: object) -> bool:
    """Take one that is spelled alike, if there is one: 1 is not True."""
    spelled = codec.encode(item)
    for index, other in enumerate(items):
        if codec.encode(other) == spelled:
            del items[index]
            return True
    return False
