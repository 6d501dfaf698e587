"""A deployment on one instance: what runs, in which order, and what a refusal leaves behind."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from lab.rehearsal.instance import Instance, Version
from lab.rehearsal.steps import StepFailed
from tests.deployment.proxied import need_nginx
from tests.rehearsal.bundles import COMMANDS, WEB, bundle

REFUSING = "#!/bin/sh\necho no such plant >&2\nexit 3\n"


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An instance that has been deployed to."""
    need_nginx()
    folder: Path = tmp_path_factory.mktemp("instance")
    one = Instance("i-1", folder / "i-1")
    one.deploy(version(folder), leader=False)
    yield one
    one.stop()


def version(folder: Path, **changed: str) -> Version:
    return Version(bundle(folder, **changed), COMMANDS, {"NOTES": str(folder / "notes")})


def notes(folder: Path) -> list[str]:
    """What the steps wrote since this was asked last."""
    file = folder / "notes"
    lines = file.read_text().splitlines() if file.exists() else []
    file.unlink(missing_ok=True)
    return lines


def page(instance: Instance) -> bytes:
    """What the web process says through nginx, once it is up."""
    for _ in range(100):
        answer = urllib3.request("GET", f"http://127.0.0.1:{instance.port}/healthz", retries=False)
        if answer.status == 200:
            return answer.data
        time.sleep(0.05)
    pytest.fail(f"it answers {answer.status}")


def test_the_steps_of_a_deployment_run_in_their_order(instance: Instance, tmp_path: Path) -> None:
    instance.deploy(version(tmp_path, page="two"), leader=True)

    assert notes(tmp_path) == [
        "10_before.sh in staging",
        "leader",
        "all",
        "tested",
        "10_first.sh in staging",
        "20_second.sh in staging",
        "10_after.sh in current",
    ]
    assert page(instance) == b"two"


def test_another_instance_begins_with_the_same_packages_and_runs_nothing_of_the_leaders(
    instance: Instance, tmp_path: Path
) -> None:
    other = Instance("i-2", tmp_path / "i-2")
    try:
        other.deploy(version(tmp_path), leader=False, like=instance)

        assert "leader" not in notes(tmp_path)
        assert str(other.venv) in (other.venv / "bin/pip").read_text()
        assert page(other) == b"ok"
    finally:
        other.stop()


def test_a_hook_that_refuses_leaves_the_version_of_before_running(
    instance: Instance, tmp_path: Path
) -> None:
    before = page(instance)

    with pytest.raises(StepFailed, match=r"predeploy/10_first\.sh failed \(3\): no such plant"):
        instance.deploy(version(tmp_path, hook=REFUSING, page="refused"), leader=True)

    instance.check()
    assert page(instance) == before
    assert (instance.current / "healthz").read_bytes() == before


def test_a_process_that_does_not_come_up_is_named_with_its_words(
    instance: Instance, tmp_path: Path
) -> None:
    procfile = f"{WEB}extra: sh -c 'echo alas; exit 1'\n"
    instance.deploy(version(tmp_path, procfile=procfile), leader=False)
    time.sleep(0.5)

    with pytest.raises(StepFailed, match="extra ended: alas"):
        instance.check()


def test_a_change_of_properties_runs_its_own_hooks_and_no_commands(
    instance: Instance, tmp_path: Path
) -> None:
    instance.deploy(version(tmp_path), leader=False)
    notes(tmp_path)

    instance.configure({"NOTES": str(tmp_path / "notes"), "SHIFT": "late"})

    assert notes(tmp_path) == ["10_changed.sh in current"]
    assert instance.given()["SHIFT"] == "late"
    assert page(instance) == b"ok"


def test_nothing_of_this_machine_is_in_a_hooks_environment(
    instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAKED", "yes")
    hook = '#!/bin/sh\nenv > "$NOTES"\nls /var/app/staging/Procfile > /dev/null\n'

    instance.deploy(version(tmp_path, hook=hook), leader=False)

    names = {line.partition("=")[0] for line in notes(tmp_path)}
    assert {"HOME", "INSTANCE_ID", "NOTES", "PATH", "PORT", "PYTHONPATH"} <= names
    # These three are the shell's own.
    assert names <= {
        *(
            "HOME",
            "INSTANCE_ID",
            "NOTES",
            "PATH",
            "PORT",
            "PYTHONPATH",
            "PWD",
            "SHLVL",
            "_",
            "OLDPWD",
        ),
        *(name for name in names if " in " in name),
    }
