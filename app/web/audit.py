"""The audit trail: an administrator's page of who did what, and the same as CSV."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
from flask import Blueprint, Response, abort, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import DateField, SelectField, StringField
from wtforms.validators import Length, Optional

from app.database import Database
from app.domain import audit
from app.web import guards
from app.web.csv_files import Rows, as_csv
from app.web.forms import Sheet, choices, in_words
from app.web.handed import parts
from app.web.pages import account_page

bp = Blueprint("audit", __name__, url_prefix="/audit")

# What begins an action, and what it is about.
KINDS = (
    ("", "Anything"),
    ("call.", "Calls"),
    ("plant.", "Plants"),
    ("line.", "Lines"),
    ("station.", "Stations"),
    ("sensor.", "Sensors"),
    ("call_type.", "Call types"),
    ("stop_reason.", "Stop reasons"),
    ("shift_pattern.", "Shift patterns"),
    ("calendar_day.", "Calendar"),
    ("gateway.", "Gateways"),
    ("operator.", "People"),
    ("screen.", "Screens"),
)
HEAD = ("at", "who", "username", "address", "action", "subject_kind", "subject", "facts")
_SUBJECT_LENGTH = 80


class AuditForm(Sheet):
    """What is looked for. Its days are UTC's: a plant's are of a zone, and the trail is of all."""

    since = DateField("From day", [Optional()])
    until = DateField("Through day", [Optional()])
    who = SelectField("Who", coerce=int, default=0)
    action = SelectField("About", choices=choices(KINDS), default="")
    subject = StringField(
        "Which", [Length(max=_SUBJECT_LENGTH)], render_kw={"placeholder": "press-1, 47 …"}
    )

    def sought(self) -> audit.Sought:
        """The same, as the trail is asked."""
        return audit.Sought(
            since=_midnight(self.since.data),
            until=_midnight(self.until.data, days=1),
            operator_id=self.who.data or None,
            action=self.action.data or None,
            subject=(self.subject.data or "").strip() or None,
        )


@bp.get("")
@guards.role("admin")
def show() -> ResponseReturnValue:
    form = _form()
    entries, more = list[audit.Entry](), False
    if form.validate():
        with parts().database.transaction() as session:
            entries, more = audit.entries(session, form.sought(), before=_key())
    return account_page(
        "audit/show.html",
        form=form,
        entries=entries,
        older=_link("audit.show", before=_spelled(entries[-1])) if more else None,
        newest=_link("audit.show") if request.args.get("before") else None,
        file=_link("audit.as_file"),
        told=told,
    )


@bp.get("/trail.csv")
@guards.role("admin")
def as_file() -> Response:
    """All that is sought, sent while it is read."""
    form = _form()
    if not form.validate():
        abort(422, "There is no such day, person or kind to look for.")
    return as_csv("audit", HEAD, _rows(parts().database, form.sought()))


def told(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Each fact by its name, in words: what was before and what is now, or what it is."""
    return [(name.replace("_", " "), _fact(fact)) for name, fact in facts.items()]


def _fact(fact: object) -> str:
    if isinstance(fact, dict) and fact.keys() == {"from", "to"}:
        return f"{in_words(fact['from'])} → {in_words(fact['to'])}"
    return in_words(fact)


def _form() -> AuditForm:
    form = AuditForm(formdata=request.args)
    with parts().database.transaction() as session:
        form.who.choices = choices([(0, "Anybody"), *map(tuple, audit.actors(session))])
    return form


def _rows(database: Database, sought: audit.Sought) -> Rows:
    """In a transaction of their own, which ends with them."""
    with database.transaction() as session:
        for entry in audit.every(session, sought):
            yield (
                entry.at.isoformat(sep=" ", timespec="seconds"),
                *(entry.who, entry.username, entry.address),
                *(entry.action, entry.subject_kind, entry.subject_id),
                msgspec.json.encode(entry.facts).decode(),
            )


def _key() -> tuple[datetime, int] | None:
    """The entry before which the page begins, as the last one spelled it."""
    spelled = request.args.get("before")
    if not spelled:
        return None
    at, _, number = spelled.rpartition("_")
    try:
        return datetime.fromisoformat(at).astimezone(UTC), int(number)
    except (ValueError, OverflowError):
        abort(400, "There is no such page.")


def _spelled(entry: audit.Entry) -> str:
    return f"{entry.at.isoformat()}_{entry.id}"


def _link(endpoint: str, **more: str) -> str:
    """The same question on another page."""
    asked = {name: text for name, text in request.args.items() if text and name != "before"}
    return f"{url_for(endpoint)}?{urlencode(asked | more)}"


def _midnight(day: date | None, *, days: int = 0) -> datetime | None:
    """When the day began, or one so many days later; past the end of time it is no bound."""
    if day is None or (days and day == date.max):
        return None
    return datetime.combine(day + timedelta(days=days), time(), UTC)
