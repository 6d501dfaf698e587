"""The API described: for programs as OpenAPI, for people as a page of the same."""

from typing import Any

from flask import Blueprint, Flask, current_app, render_template
from flask.typing import ResponseReturnValue

from app.web import guards
from app.web.described import described
from app.web.handed import parts
from app.web.openapi import document
from app.web.programs import told_once
from app.web.schema_words import in_words

bp = Blueprint("api_docs", __name__, url_prefix="/api")

_KEPT = "andon.api"


def install(app: Flask) -> None:
    """Describe the API once; after all faces are registered."""
    app.extensions[_KEPT] = document(app)


@bp.get("/v1/openapi.json")
@guards.anyone
@described("This description", answers={200: dict[str, Any]}, may_be_unchanged=True)
def as_openapi() -> ResponseReturnValue:
    return told_once(current_app.extensions[_KEPT])


@bp.get("/docs")
@guards.anyone
def show() -> ResponseReturnValue:
    return render_template(
        "api_docs/show.html",
        api=current_app.extensions[_KEPT],
        in_words=in_words,
        instance=parts().config.instance_id,
    )
