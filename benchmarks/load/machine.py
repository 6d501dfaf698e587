"""On what a run was made, as its folder keeps it."""

import os
import platform
from importlib.metadata import distributions, version
from typing import Any

import psutil
from sqlalchemy import text

from app.observability.release import version as release
from app.parts import Parts
from lab.procfile import LOCUST_PYTHON


def machine() -> dict[str, Any]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cores": cores,
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "system": f"{platform.system()} {platform.machine()}",
        "load_at_start": round(psutil.getloadavg()[0], 1),
    }


def versions(parts: Parts | None) -> dict[str, str]:
    """Of ours and what generates the load; of the engines where they are ours too."""
    found = {
        "andon": release(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("flask", "granian", "sqlalchemy", "redis")},
        "locust": _locust(),
    }
    if parts is None:
        return found
    with parts.database.transaction() as session:
        found["postgresql"] = str(session.scalar(text("SHOW server_version"))).split()[0]
    found["valkey"] = str(parts.redis.info("server").get("valkey_version", "?"))
    return found


def _locust() -> str:
    """Of the environment that it is in."""
    there = LOCUST_PYTHON.parents[1].glob("lib/python*/site-packages")
    found = distributions(name="locust", path=[str(folder) for folder in there])
    return next((each.version for each in found), "?")
