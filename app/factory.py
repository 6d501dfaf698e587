"""Puts the web application together."""

import os
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app import commands, web
from app.config import Config
from app.observability import logs
from app.parts import Parts, build_parts, session_cookie, session_rules
from app.sessions.csrf import install_csrf
from app.sessions.interface import Session
from app.web.sign_ins import recovering

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
    _install_sessions(app, parts)
    web.install(app, parts)
    commands.install(app, parts)
    return app


def _install_sessions(app: Flask, parts: Parts) -> None:
    rules = session_rules(parts.config)
    app.config.update(
        SECRET_KEY_FALLBACKS=list(parts.config.secret_key_fallbacks),
        SESSION_REDIS=parts.session_client,
        SESSION_IDLE=rules.idle,
        SESSION_ABSOLUTE=rules.absolute,
        SESSION_PER_USER=None,  # the rows have a limit of their own
        SESSION_REPLICAS=parts.config.cache_replicas,
        SESSION_COOKIE_NAME=session_cookie(parts.config),
        SESSION_COOKIE_SECURE=parts.config.in_production,
    )
    Session(app, recover=recovering(parts))
    install_csrf(app)
