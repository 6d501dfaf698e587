"""HTTP: requests in; pages and JSON out."""

from flask import Flask

from app.parts import Parts
from app.web import (
    accounts,
    administration,
    alerts,
    alerts_api,
    api,
    api_docs,
    api_tokens,
    assets,
    attempts,
    audit,
    bands,
    bars,
    board,
    call_types,
    calls,
    calls_api,
    charts,
    devices,
    errors,
    gateways,
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
    places,
    plants,
    probes,
    rates,
    report_files,
    reports,
    request_log,
    screens,
    shifts,
    staying,
    stop_reasons,
    stops,
    stops_api,
    tv,
)

FACES = (
    *(accounts.bp, api_tokens.bp, devices.bp, passwords.bp, tv.bp),
    *(administration.bp, audit.bp, call_types.bp, gateways.bp, people.bp),
    *(places.bp, plants.bp, screens.bp, shifts.bp, stop_reasons.bp),
    *(alerts.bp, board.bp, calls.bp, handover.bp, leaderboards.bp, lines.bp),
    *(report_files.bp, reports.bp, stops.bp),
    *(alerts_api.bp, api.bp, api_docs.bp, assets.bp, calls_api.bp, lines_api.bp),
    *(metrics.bp, ops.bp, probes.bp, stops_api.bp),
)


def install(app: Flask, parts: Parts) -> None:
    """Register every face, and what each request passes through."""
    app.config["MAX_CONTENT_LENGTH"] = api.LARGEST_BODY_BYTES
    handed.install(app, parts)
    attempts.install(app, parts)
    request_log.install(app)
    headers.install(app)
    rates.install(app, parts)
    staying.install(app)
    errors.install(app)
    assets.install(app)
    app.jinja_env.globals["charts"] = charts
    app.jinja_env.globals["bands"] = bands
    app.jinja_env.globals["bars"] = bars
    app.jinja_env.globals["is_administration"] = administration.is_here
    for face in FACES:
        app.register_blueprint(face)
    api_docs.install(app)
    guards.install(app)
