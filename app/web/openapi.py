"""The API as OpenAPI 3.1: of each route its guard, its description and its types."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
from flask import Flask

from app.sessions.csrf import HEADER as CSRF_HEADER
from app.web.described import Description, ProblemTold
from app.web.guards import Guard
from app.web.problems import API

_SAFE = ("GET",)
_JSON, _PROBLEM = "application/json", "application/problem+json"
_ROLES = ("viewer", "operator", "supervisor", "admin")
_NULL = {"type": "null"}


def _header(words: str, *, required: bool = False, **schema: object) -> dict[str, Any]:
    return {"description": words, "required": required, "schema": {"type": "string", **schema}}


_SECONDS = _header("in how many seconds to come back", required=True, pattern="^[0-9]+$")
# Neither is there while the cache is away.
_RATE = {
    "RateLimit-Policy": _header(
        "how many requests in how many seconds", pattern='^"[a-z]+";q=[0-9]+;w=[0-9]+$'
    ),
    "RateLimit": _header(
        "how many are left, and in how many seconds all are", pattern='^"[a-z]+";r=[0-9]+;t=[0-9]+$'
    ),
}


@dataclass(frozen=True, slots=True)
class Route:
    """A method of an address, who may, and what it says of itself."""

    path: str
    method: str
    named: tuple[str, ...]
    guard: Guard
    description: Description

    @property
    def who(self) -> str:
        scope = self.guard.scope
        return f"{self.guard.who}; a token: {scope}" if scope else self.guard.who

    @property
    def changes(self) -> bool:
        return self.method not in _SAFE

    @property
    def problems(self) -> dict[int, str]:
        """Its own, and those that its guard, its form and the neighbours bring along."""
        found = {400: "what no text or JSON may hold", 500: "our fault", 503: "come back later"}
        if self.guard.has_cookies and self.changes:
            found[400] = "no JSON, or without the token that says it is the visitor's own doing"
        found[429] = "too often; `RateLimit-Policy` says how often"
        if self.guard.who != "anyone":
            found[401] = "nobody is signed in, or the token is missing, wrong, revoked or over"
        if self.guard.who in _ROLES:
            found[403] = f"it takes the role {self.guard.who}, or a higher one"
        elif self.guard.scope is not None:
            found[403] = "the token has not the scope"
        if self.description.query is not None:
            found[422] = "a parameter makes no sense; `errors` names each"
        if self.description.body is not None:
            found |= {413: "over 1 MiB", 415: "the body does not say it is JSON"}
        return found | dict(self.description.problems)


def document(app: Flask) -> dict[str, Any]:
    """The whole description; a route without one is left out, and the tests say so."""
    routes = sorted(_routes(app), key=lambda route: (route.path, route.method))
    forms = [form for route in routes for form in _forms(route.description)]
    told, schemas = msgspec.json.schema_components(
        [*forms, ProblemTold], ref_template="#/components/schemas/{name}"
    )
    told_as = dict(zip([*forms, ProblemTold], told, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, told_as)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Andon",
            "version": "1",
            "description": "The live board of a factory floor. Moments are RFC 3339 with their "
            "zone; errors are problem documents (RFC 9457).",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": _security_schemes(app)},
    }


def _routes(app: Flask) -> Iterator[Route]:
    for rule in app.url_map.iter_rules():
        view: Any = app.view_functions[rule.endpoint]
        description = getattr(view, "description", None)
        if description is None or not rule.rule.startswith(API):
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        named = tuple(re.findall(r"{(\w+)}", path))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield Route(path, method, named, view.guard, description)


def _forms(description: Description) -> Iterator[Any]:
    yield from description.answers.values()
    if description.body is not None:
        yield description.body


def _operation(route: Route, told_as: Mapping[Any, Any]) -> dict[str, Any]:
    description = route.description
    answers: dict[str, Any] = {
        str(status): _answer(route, told_as[form]) for status, form in description.answers.items()
    }
    if description.may_be_unchanged:
        answers["304"] = {
            "description": "as it was",
            "headers": {"ETag": _header("its version", required=True)},
        }
    for status, words in sorted(route.problems.items()):
        answers[str(status)] = _problem(status, words, told_as[ProblemTold])
    operation = {
        "summary": description.summary,
        "description": f"Who may: {route.who}",
        "operationId": _name(route),
        "security": _security(route),
        "parameters": [*_path_parameters(route), *_query_parameters(route)],
        "responses": answers,
    }
    if description.body is not None:
        content = {_JSON: {"schema": told_as[description.body]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _name(route: Route) -> str:
    words = re.findall(r"\w+", route.path.removeprefix(API))
    return "_".join((route.method.lower(), *words))


def _answer(route: Route, schema: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    description = route.description
    headers = dict(_RATE)
    if description.may_be_unchanged:
        headers["ETag"] = _header("what to send as If-None-Match next time", required=True)
    if description.is_paged:
        headers["Link"] = _header("where the next part is, if there is one (RFC 8288)")
    answer = {
        "description": description.summary,
        "headers": headers,
        "content": {_JSON: {"schema": schema}},
    }
    if description.leads_to:
        answer["links"] = {
            operation: {
                "operationId": operation,
                "parameters": {name: f"$response.body#{at}" for name, at in taken.items()},
            }
            for operation, taken in description.leads_to.items()
        }
    return answer


def _problem(status: int, words: str, schema: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    answer = {"description": words, "content": {_PROBLEM: {"schema": schema}}}
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        answer["headers"] = _RATE | {"Retry-After": _SECONDS}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer["headers"] = {"Retry-After": _SECONDS}
    return answer


def _path_parameters(route: Route) -> Iterator[dict[str, Any]]:
    for name in route.named:
        schema = _in_an_address(msgspec.json.schema(route.description.path.get(name, str)))
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(route: Route) -> Iterator[dict[str, Any]]:
    form = route.description.query
    for field in msgspec.structs.fields(form) if form is not None else ():
        schema = msgspec.json.schema(field.type)
        # Left out is what `null` would be, and a query cannot say it.
        choices = [choice for choice in schema.pop("anyOf", ()) if choice != _NULL]
        for choice in choices:
            schema |= choice
        if field.default not in (None, msgspec.NODEFAULT):
            schema["default"] = field.default
        schema = _in_an_address(schema)
        yield {"name": field.name, "in": "query", "required": field.required, "schema": schema}


def _in_an_address(schema: dict[str, Any]) -> dict[str, Any]:
    """The same, where any text would do but one with a NUL: no route takes that."""
    is_any_text = schema.get("type") == "string" and not schema.keys() & {"format", "pattern"}
    return schema | {"pattern": "^[^\\u0000]*$"} if is_any_text else schema


def _security(route: Route) -> list[dict[str, list[str]]]:
    if route.guard.who == "anyone":
        return []
    if not route.guard.has_cookies:
        return [{"gateway": []}]
    by_token: list[dict[str, list[str]]] = (
        [{"token": [route.guard.scope]}] if route.guard.scope else []
    )
    return [*by_token, {"session": [], "csrf": []} if route.changes else {"session": []}]


def _security_schemes(app: Flask) -> dict[str, Any]:
    return {
        "session": {"type": "apiKey", "in": "cookie", "name": app.config["SESSION_COOKIE_NAME"]},
        "csrf": {
            "type": "apiKey",
            "in": "header",
            "name": CSRF_HEADER,
            "description": "The token of a form of the same session.",
        },
        "gateway": {"type": "http", "scheme": "bearer"},
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "A program's token, made under /account/tokens; the scopes it takes "
            "stand with each operation.",
        },
    }
