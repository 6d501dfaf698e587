"""The application asked by its own description, by a stranger who trusts nothing but that."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from app.config import Config
from app.domain.accounts import make_token
from app.factory import create_app
from app.models import SCOPES
from app.parts import Parts
from tests.builders import Plant, csrf_token
from tests.serving import serving
from tests.web.browsers import COOKIE, Browser, cookie

HERE = Path(__file__).parent
Caller = Callable[[], dict[str, str]]


@pytest.fixture
def app(config: Config, parts: Parts) -> Flask:
    """The application, to which strangers may come as often as they like."""
    config = replace(config, api_requests=1_000_000, gateway_batches=1_000_000)
    return create_app(config, replace(parts, config=config))


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the application answers over HTTP."""
    with serving(app) as url:
        yield url


@pytest.fixture
def callers(browser: Browser, parts: Parts, plant: Plant) -> dict[str, Caller]:
    """What each kind of caller sends with every request."""

    def somebody() -> dict[str, str]:
        client = browser("ada")
        token = csrf_token(client, "/account/password")
        return {"Cookie": f"{COOKIE}={cookie(client)}", "X-CSRF-Token": token}

    def a_program() -> dict[str, str]:
        with parts.database.transaction() as session:
            token, _ = make_token(
                session,
                name="Stranger",
                scopes=SCOPES,
                days=1,
                by=plant.people["ada"],
                now=datetime.now(UTC),
            )
        return {"Authorization": f"Bearer {token}"}

    return {
        "nobody": dict,
        "a gateway": lambda: {"Authorization": f"Bearer {plant.token}"},
        "a program": a_program,
        "somebody": somebody,
    }


def asked(address: str, headers: dict[str, str], tmp_path: Path, *more: str) -> str:
    """Ask everything that the description allows and forbids; what was found wrong."""
    sent = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    run = subprocess.run(
        [
            *(
                sys.executable,
                "-m",
                "schemathesis.cli",
                "--config-file",
                HERE / "schemathesis.toml",
            ),
            *("run", f"{address}/api/v1/openapi.json", "--no-color", "--continue-on-failure"),
            *(*sent, *more),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    return "" if run.returncode == 0 else run.stdout + run.stderr


@pytest.mark.timeout(300)  # ten seconds alone, and minutes on a machine that is overrun
@pytest.mark.parametrize(
    ("who", "phases", "examples"),
    [
        ("nobody", "fuzzing", 3),
        ("a gateway", "coverage", 3),
        ("a program", "coverage,fuzzing,stateful", 5),
        ("somebody", "fuzzing", 5),
    ],
)
def test_every_answer_is_as_described(
    *,
    address: str,
    callers: dict[str, Caller],
    tmp_path: Path,
    who: str,
    phases: str,
    examples: int,
) -> None:
    bounded = ("--phases", phases, "--max-examples", str(examples), "--generation-deterministic")
    wrong = asked(address, callers[who](), tmp_path, *bounded)

    assert not wrong, wrong


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("who", ["nobody", "a gateway", "a program", "somebody"])
def test_every_answer_is_as_described_however_long_one_asks(
    address: str, callers: dict[str, Caller], tmp_path: Path, who: str
) -> None:
    wrong = asked(address, callers[who](), tmp_path, "--max-examples", "500")

    assert not wrong, wrong
