"""HTTP: requests in; pages and JSON out."""

from flask import Flask

from app.parts import Parts
from app.web import (
    accounts,
    api,
    api_docs,
    assets,
    attempts,
    bands,
    bars,
    board,
    calls,
    calls_api,
    charts,
    devices,
    errors,
    guards,
    handed,
    handover,
    headers,
    leaderboards,
    lines,
    lines_api,
    metrics,
    ops,
    passwords,
    people,
    probes,
    report_files,
    reports,
    request_log,
    screens,
    staying,
    stops,
    stops_api,
    tv,
)

FACES = (
    *(accounts.bp, devices.bp, passwords.bp, people.bp, screens.bp, tv.bp),
    *(board.bp, calls.bp, handover.bp, leaderboards.bp, lines.bp, report_files.bp, reports.bp),
    *(stops.bp, stops_api.bp),
    *(api.bp, api_docs.bp, assets.bp, calls_api.bp, lines_api.bp, metrics.bp, ops.bp, probes.bp),
)


def install(app: Flask, parts: Parts) -> None:
    """Register every face, and what each request passes through."""
    app.config["MAX_CONTENT_LENGTH"] = api.LARGEST_BODY_BYTES
    handed.install(app, parts)
    attempts.install(app, parts)
    request_log.install(app)
    headers.install(app)
    staying.install(app)
    errors.install(app)
    assets.install(app)
    app.jinja_env.globals["charts"] = charts
    app.jinja_env.globals["bands"] = bands
    app.jinja_env.globals["bars"] = bars
    for face in FACES:
        app.register_blueprint(face)
    api_docs.install(app)
    guards.install(app)
