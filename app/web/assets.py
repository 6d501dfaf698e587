"""Static files under names that change with their content, so that browsers keep them for good."""

import hashlib
from functools import cache
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    request,
    send_from_directory,
    url_for,
)

from app.web import guards

bp = Blueprint("assets", __name__)

OWN = Path(__file__).parent / "static"
UPLOT_FILES = ("uplot.iife.min.js", "uplot.min.css")


def install(app: Flask) -> None:
    """Give templates `asset()` and `uplot_url()`, and serve uPlot from its package."""
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.globals["uplot_url"] = uplot_url
    app.after_request(_keep)


def asset(name: str) -> str:
    """The URL of one of our own files."""
    return url_for("static", filename=name, v=fingerprint(OWN / name))


def uplot_url(name: str) -> str | None:
    """The URL of one of uPlot's files, or None where the package is not installed."""
    folder = uplot_folder()
    if folder is None:
        return None
    return url_for("assets.uplot", name=name, v=fingerprint(folder / name))


@bp.get("/uplot/<name>")
@guards.anyone
def uplot(name: str) -> Response:
    folder = uplot_folder()
    if folder is None or name not in UPLOT_FILES:
        abort(404)
    return send_from_directory(folder, name)


@cache
def uplot_folder() -> Path | None:
    """Where the package `youplot` keeps uPlot; its code is never imported."""
    spec = find_spec("youplot")
    places = spec.submodule_search_locations if spec else None
    return Path(places[0]) / "vendor" if places else None


@cache
def version() -> str:
    """Another one when anything changed that a page is made of."""
    templates = Path(str(current_app.template_folder))
    files = sorted([*OWN.rglob("*.*"), *templates.rglob("*.html")])
    return hashlib.sha256("".join(map(fingerprint, files)).encode()).hexdigest()[:12]


@cache
def fingerprint(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


def _keep(response: Response) -> Response:
    """Keep it for good, but only under the content's own name.

    In a rolling deployment the old instance may be asked for the new one's file.
    """
    folder = {"static": OWN, "assets.uplot": uplot_folder()}.get(request.endpoint or "")
    if folder is None or response.status_code not in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
        return response
    name = (request.view_args or {}).get("filename") or (request.view_args or {}).get("name", "")
    if request.args.get("v") == fingerprint(folder / name):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
