"""The hooks run, and end a deployment whose settings cannot be read."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.deployment.planting import ROOT

GOOD = {
    "SECRET_KEY": "a secret of the tests, long enough",
    "DATABASE_URL": "postgresql://andon:x@db.example/andon",
    "CACHE_URL": "valkeys://cache.example:6379/0",
}


@pytest.fixture(params=["hooks", "confighooks"])
def hook(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The hook with this machine's environment in place of an instance's."""
    kind: str = request.param
    source = ROOT / ".platform" / kind / "predeploy" / "10_settings.sh"
    copy = tmp_path / source.name
    text = source.read_text(encoding="utf-8")
    assert text.count("/var/app/venv/*/") == 1
    copy.write_text(text.replace("/var/app/venv/*/", f"{sys.prefix}/"), encoding="utf-8")
    copy.chmod(0o755)
    return copy


def run(hook: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(hook)],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_readable_settings_pass(hook: Path) -> None:
    ran = run(hook, GOOD)

    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"CACHE_URL": "http://x"}, "CACHE_URL begins with none of"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is shorter"),
        ({"LANDING_STREAMS": "many"}, "LANDING_STREAMS is no whole number"),
    ],
)
def test_unreadable_settings_end_the_deployment_and_say_why(
    hook: Path, wrong: dict[str, str], word: str
) -> None:
    ran = run(hook, GOOD | wrong)

    assert ran.returncode != 0
    assert word in ran.stderr
