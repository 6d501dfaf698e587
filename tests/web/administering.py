"""An administrator's forms, filled in and sent as a browser would."""

import html
import re

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.models import Audit
from app.parts import Parts

_FIELD = re.compile(r"<(?:input|select|textarea)\b[^>]*>")
_NAME, _VALUE = re.compile(r'\bname="([^"]*)"'), re.compile(r'\bvalue="([^"]*)"')


def shown(client: FlaskClient, path: str, action: str | None = None) -> dict[str, str]:
    """The form on the page that posts to `action` (the page itself): its fields as they stand."""
    page = client.get(path)
    assert page.status_code == 200, page.text
    for form in re.findall(r"<form\b.*?</form>", page.text, re.DOTALL):
        target = html.unescape(re.search(r'action="([^"]*)"', form)[1])  # type: ignore[index]
        if target.partition("#")[0] == (action or path):
            return fields(form)
    raise AssertionError(f"{path} has no form that posts to {action or path}")


def fields(form: str) -> dict[str, str]:
    """What a browser would send of it, untouched."""
    found = {}
    for tag in _FIELD.findall(form):
        name = _NAME.search(tag)
        if name is None or (re.search("radio|checkbox", tag) and " checked" not in tag):
            continue
        value = _VALUE.search(tag)
        found[name[1]] = html.unescape(value[1]) if value else ("y" if "checkbox" in tag else "")
    for name, options in re.findall(
        r'<select\b[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL
    ):
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        chosen = chosen or re.search(r'<option value="([^"]*)"', options)
        found[name] = html.unescape(chosen[1]) if chosen else ""
    for name, text in re.findall(
        r'<textarea\b[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.DOTALL
    ):
        found[name] = html.unescape(text).strip()
    return found


def send(
    client: FlaskClient, path: str, action: str | None = None, **typed: object
) -> TestResponse:
    """Fill the form in over what it shows, and send it."""
    form = shown(client, path, action)
    return client.post(action or path, data={**form, **typed})


def said(parts: Parts, kind: str) -> list[tuple[str, str, dict[str, object]]]:
    """What the audit has of this kind: the action, the subject and the facts."""
    with parts.database.transaction() as session:
        rows = session.execute(
            select(Audit.action, Audit.subject_id, Audit.facts)
            .where(Audit.subject_kind == kind, Audit.actor_id.is_not(None))
            .order_by(Audit.id)
        )
        return [tuple(row) for row in rows]
