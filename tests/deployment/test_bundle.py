"""What would be uploaded is looked at as the EB CLI would pack it, from a real repository."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.deploycheck import bundle
from tests.deployment.planting import ROOT, need_commit

HOOK = "#!/bin/sh\nexec true\n"
GOOD = {
    "Procfile": "web: granian --port 8000 application:application\ndrain: flask drain\n",
    "application.py": "",
    "requirements.txt": "granian==1 --hash=sha256:00\nflask==1 --hash=sha256:00\n",
    "app/__init__.py": "",
    "app/models/migrations/versions/0001.py": "",
    "templates/layout.html": "",
    ".ebextensions/some.config": "",
    ".platform/nginx/conf.d/some.conf": "",
    ".platform/hooks/postdeploy/10_some.sh": HOOK,
    ".platform/confighooks/postdeploy/10_some.sh": HOOK,
    ".gitignore": ".env\n",
}
# Put together here, or this file would itself look like one that holds a secret.
PRIVATE = "-----BEGIN RSA PRIVATE" + " KEY-----"
ACCESS = "AKIA" + "ABCDEFGHIJKLMNOP"


def git(folder: Path, *words: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.example")
    subprocess.run(
        ["git", *identity, *words],  # noqa: S607 # whichever git is in use here
        cwd=folder,
        check=True,
        capture_output=True,
    )


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        path.chmod(0o755 if "hooks/" in name else 0o644)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    if shutil.which("git") is None:
        pytest.skip("there is no git here")
    write(tmp_path, GOOD)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "all")
    return tmp_path


def broken(folder: Path) -> dict[str, list[str]]:
    """The rules that what would be uploaded from the folder breaks, and what each names."""
    found: dict[str, list[str]] = {}
    for rule, (subject, _) in bundle.faults(bundle.bundle(folder)):
        found.setdefault(rule, []).append(subject)
    return found


def committed(folder: Path) -> dict[str, list[str]]:
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-qm", "a fault")
    return broken(folder)


def test_a_bundle_with_all_it_needs_breaks_no_rule(checkout: Path) -> None:
    assert broken(checkout) == {}


def test_the_bundle_of_this_project_breaks_no_rule() -> None:
    need_commit()

    assert broken(ROOT) == {}


@pytest.mark.parametrize("missing", ["Procfile", "requirements.txt", "templates/layout.html"])
def test_what_an_instance_needs_and_is_not_committed_is_missed(
    checkout: Path, missing: str
) -> None:
    (checkout / missing).unlink()

    assert "complete" in committed(checkout)


@pytest.mark.parametrize("name", [".env", "deploy/id_rsa", "cert/site.pem", "app/dev.sqlite3"])
def test_a_secret_is_known_by_its_name(checkout: Path, name: str) -> None:
    write(checkout, {name: "x"})

    assert committed(checkout) == {"nothing_secret": [name]}


@pytest.mark.parametrize(
    "text",
    [PRIVATE, f"key = {ACCESS!r}", "postgresql://andon:" + "hunter2hunter2@db.example/andon"],
)
def test_a_secret_is_known_by_what_it_says(checkout: Path, text: str) -> None:
    write(checkout, {"app/settings.py": text})

    assert committed(checkout) == {"nothing_secret": ["app/settings.py"]}


def test_what_is_not_committed_is_not_uploaded(checkout: Path) -> None:
    write(checkout, {".env": "SECRET_KEY=x", "lab/tool.py": ""})

    assert broken(checkout) == {}


def test_with_an_ebignore_the_working_tree_is_uploaded_and_git_itself(checkout: Path) -> None:
    write(checkout, {".ebignore": "docs/\n", ".env": "SECRET_KEY=x", "lab/tool.py": ""})

    found = broken(checkout)

    assert found["nothing_secret"] == [".env"]
    assert [name.split("/")[0] for name in found["nothing_needless"]] == [".git"]


def test_an_ebignore_that_names_all_of_it_breaks_no_rule(checkout: Path) -> None:
    write(checkout, {".ebignore": ".git/\n.env\nlab/\n", ".env": "x", "lab/tool.py": ""})

    assert broken(checkout) == {}


def test_a_link_to_nowhere_is_found(checkout: Path) -> None:
    (checkout / "app" / "gone").symlink_to("nowhere")

    assert committed(checkout) == {"readable": ["app/gone"]}


def change(name: str, text: str) -> Callable[[Path], None]:
    return lambda folder: write(folder, {name: text})


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        (lambda folder: (folder / ".platform/confighooks/postdeploy/10_some.sh").unlink(), "twins"),
        (change(".platform/confighooks/postdeploy/10_some.sh", HOOK + "false\n"), "twins"),
        (change(".platform/confighooks/postdeploy/20_other.sh", HOOK), "twins"),
        (change(".platform/hooks/postdeploi/10_some.sh", HOOK), "twins"),
        (lambda folder: (folder / ".platform/hooks/postdeploy/10_some.sh").chmod(0o644), "twins"),
        (change(".platform/hooks/postdeploy/10_some.sh", "exec true\n"), "twins"),
        (change(".platform/hooks/postdeploy/10_some.sh", HOOK.replace("\n", "\r\n")), "twins"),
        (change("Procfile", "drain: flask drain\nweb: granian --port 8000\n"), "processes"),
        (change("Procfile", "web: granian --port 8080\n"), "processes"),
        (change("Procfile", "web: granian --port 8000\n# a comment\n"), "processes"),
        (change("Procfile", "web: gunicorn --bind :8000 8000\n"), "requirements"),
        (change("requirements.txt", "granian==1\nflask==1\n"), "requirements"),
        (change(".andon/password", ""), "nothing_needless"),
    ],
)
def test_a_fault_planted_in_the_bundle_is_caught(
    checkout: Path, fault: Callable[[Path], None], rule: str
) -> None:
    fault(checkout)

    assert rule in committed(checkout)


def test_every_rule_of_the_bundle_is_shown_to_fail() -> None:
    here = Path(__file__).read_text(encoding="utf-8")

    assert all(here.count(f'"{rule.__name__}"') for rule in bundle.RULES)
