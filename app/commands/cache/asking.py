"""A query by its name, and its parameters as a shell spells them."""

import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from sqlalchemy import BindParameter
from sqlalchemy.sql import visitors

from app.cache import QUERIES, Query
from app.commands.refusals import CannotGoOn


def find(name: str) -> Query:
    """The query of that name; refuses with the names there are."""
    if name not in QUERIES:
        raise CannotGoOn(f"no query is called {name!r}; there are {', '.join(sorted(QUERIES))}")
    return QUERIES[name]


def parameters_of(query: Query, spelled: Iterable[str]) -> dict[str, object]:
    """The parameters from `name=value`; refuses what is missing, unknown or unreadable."""
    wanted = {
        element.key: element
        for element in visitors.iterate(query.statement)
        if isinstance(element, BindParameter) and element.required
    }
    given = dict(_parted(one) for one in spelled)
    wrong = [f"{name} is none of its parameters" for name in sorted(given.keys() - wanted.keys())]
    wrong += [f"{name}=… is missing" for name in sorted(wanted.keys() - given.keys())]
    if wrong:
        raise CannotGoOn("; ".join(wrong))
    return {name: _value(wanted[name], text) for name, text in given.items()}


def _parted(spelled: str) -> tuple[str, str]:
    name, equals, value = spelled.partition("=")
    if not equals:
        raise CannotGoOn(f"{spelled!r} is not of the form name=value")
    return name, value


def _value(parameter: BindParameter[object], text: str) -> object:
    kind = parameter.type.python_type
    try:
        if parameter.expanding:
            return tuple(_READ.get(kind, kind)(one) for one in text.split(","))
        return _READ.get(kind, kind)(text)
    except ValueError:
        raise CannotGoOn(f"{parameter.key}: {text!r} is no {kind.__name__}") from None


def _moment(text: str) -> datetime:
    """In ISO 8601; without a zone it is UTC, as on the seed's command line."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


_READ: dict[type, Callable[[str], object]] = {
    bool: _truth,
    datetime: _moment,
    uuid.UUID: uuid.UUID,
}
