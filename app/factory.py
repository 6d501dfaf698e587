"""Puts the web application together."""

import os
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app import commands, web
from app.config import Config
from app.observability import logs
from app.parts import Parts, build_parts
from app.sessions.interface import install_sessions

TEMPLATES = Path(__file__).parent.parent / "templates"


def create_app(config: Config | None = None, parts: Parts | None = None) -> Flask:
    """Build one application; tests pass their own config or parts."""
    config = config or Config.from_environment(os.environ)
    parts = parts or build_parts(config)

    logs.configure(as_json=config.in_production)
    app = Flask(__name__, template_folder=TEMPLATES, static_folder="web/static")
    app.secret_key = config.secret_key
    if config.in_production:
        # One proxy in front of nginx, the load balancer, whose word on scheme and client counts.
        app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]
    install_sessions(
        app,
        parts.redis,
        lifetime=config.session_lifetime,
        secure=config.in_production,
        # The probe asks nobody, and a page that tells of an outage keeps its looks.
        untouched_paths=("/healthz", "/static/", "/uplot/"),
    )

    web.install(app, parts)
    commands.install(app, parts)
    return app
