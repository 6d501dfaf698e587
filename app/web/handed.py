"""How a view reaches what it was handed."""

import time
from typing import cast

from flask import Flask, current_app

from app.domain.accounts import Gatekeeper
from app.domain.telemetry import Directory
from app.parts import Parts


def install(app: Flask, parts: Parts) -> None:
    app.extensions["andon.parts"] = parts
    app.extensions["andon.gatekeeper"] = Gatekeeper(time.monotonic)
    app.extensions["andon.directory"] = Directory(time.monotonic)


def parts() -> Parts:
    """The parts of the application that serves this request."""
    return cast("Parts", current_app.extensions["andon.parts"])


def gatekeeper() -> Gatekeeper:
    """Who knows the gateways' tokens in this process."""
    return cast("Gatekeeper", current_app.extensions["andon.gatekeeper"])


def directory() -> Directory:
    """Who knows the sensors' names in this process."""
    return cast("Directory", current_app.extensions["andon.directory"])
