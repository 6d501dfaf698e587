"""What programs ask and send, read by the form of it; and how they are answered."""

import hashlib
from typing import Any, NoReturn, TypeVar

import msgspec
from flask import Response, request

from app.web.problems import Problem

Form = TypeVar("Form", bound=msgspec.Struct)

# What msgspec raises for bytes that are no JSON, those that are not UTF-8 among them.
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError)


def asked(form: type[Form]) -> Form:
    """The query as the form has it; raises a `Problem` that names each parameter that is not.

    Parameters that the form does not know say nothing, as on every page.
    """
    read: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for field in msgspec.structs.fields(form):
        text = request.args.get(field.name)
        if text is None:
            if field.required:
                wrong[field.name] = "is missing"
            continue
        try:
            read[field.name] = msgspec.convert(text, field.type, strict=False)
        except msgspec.ValidationError as error:
            wrong[field.name] = str(error)
    if wrong:
        refuse(**wrong)
    return form(**read)


def refuse(**wrong: str) -> NoReturn:
    """Raise the `Problem` of these parameters, each with what is wrong with it."""
    said = "; ".join(f"{name}: {reason}" for name, reason in wrong.items())
    errors = [{"field": name, "reason": reason} for name, reason in wrong.items()]
    raise Problem(422, "bad-parameters", said, errors=errors)


def must_be_json() -> None:
    """Refuse a body that does not say it is JSON: no form of another site can say so."""
    if request.mimetype != "application/json":
        raise Problem(415, "not-json", "send JSON, with «Content-Type: application/json»")


def sent(form: type[Form], *, code: str) -> Form:
    """The body as the form has it; raises a `Problem`, of this code where it is another form."""
    must_be_json()
    try:
        return msgspec.json.decode(request.get_data(), type=form)
    except msgspec.ValidationError as error:
        raise Problem(422, code, str(error)) from error
    except _UNREADABLE as error:
        raise Problem(400, "malformed", f"the body is not JSON: {error}") from error


def told(facts: object, status: int = 200) -> Response:
    """The facts as JSON."""
    return Response(msgspec.json.encode(facts), status, content_type="application/json")


def told_once(facts: object, *, same: object = None) -> Response:
    """The same, or 304 to who has it already; `same` is what counts, where not all of it does."""
    response = told(facts)
    response.headers["Cache-Control"] = "private, no-cache"
    counts = msgspec.json.encode(facts if same is None else same)
    response.set_etag(hashlib.sha256(counts).hexdigest()[:32])
    response.make_conditional(request)
    return response
