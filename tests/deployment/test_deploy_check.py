"""The command: a plan, what is wrong with file and line, and an exit code that tells."""

import subprocess
import sys
from pathlib import Path

import pytest

from lab.deploycheck import plan
from lab.deploycheck.bundle import of_commit
from tests.deployment.planting import ROOT, need_commit
from tests.deployment.test_bundle import git

TLS = "TransitEncryptionEnabled: true"


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of what this project uploads, with a release."""
    need_commit()
    folder = tmp_path_factory.mktemp("released")
    for name, file in of_commit(ROOT).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content or b"")
        path.chmod(file.mode)
    git(folder, "init", "-q")
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-qm", "all")
    git(folder, "tag", "v1")
    return folder


def test_without_a_commit_it_says_so_in_a_line(tmp_path: Path) -> None:
    ran = check(tmp_path)

    assert ran.returncode == 1
    assert ran.stderr == ""
    assert "git shows no commit" in ran.stdout


def test_the_plan_names_what_the_client_overrides_and_not_what_it_sets_the_same() -> None:
    settings = {
        "aws:elasticbeanstalk:command": {"BatchSize": "50", "Timeout": "900"},
        "aws:elasticbeanstalk:environment": {"LoadBalancerType": "application"},
    }

    (line,) = plan.overridden(settings)

    assert "BatchSize" in line


def check(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lab.deploycheck", "--root", str(folder), *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def test_a_tree_that_may_be_deployed_gets_a_plan_and_no_complaint(released: Path) -> None:
    ran = check(released)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.endswith("May be deployed.\n")
    assert "Cache: 2 x cache.t4g.small" in ran.stdout
    assert "Still to be chosen, or `eb create` fails: CacheSubnetA, CacheSubnetB" in ran.stdout
    assert "An update from v1\n  changes no resource" in ran.stdout


def test_a_fault_is_told_with_its_file_and_line(released: Path) -> None:
    file = released / ".ebextensions" / "elasticache.config"
    text = file.read_text(encoding="utf-8")
    line = text[: text.index("\n  Cache:\n")].count("\n") + 2
    try:
        file.write_text(text.replace(TLS, "TransitEncryptionEnabled: false"), encoding="utf-8")
        ran = check(released)
    finally:
        file.write_text(text, encoding="utf-8")

    assert ran.returncode == 1
    assert f"WRONG  elasticache.config:{line}: Cache talks in clear (tls)\n" in ran.stdout


def test_a_loss_is_wrong_until_it_is_asked_for(released: Path) -> None:
    file = released / ".ebextensions" / "elasticache.config"
    text = file.read_text(encoding="utf-8")
    added = "      CacheSubnetGroupName: {Ref: CacheSubnets}\n"
    try:
        file.write_text(text.replace(added, added + "      NetworkType: ipv4\n"), encoding="utf-8")
        refused, allowed = check(released), check(released, "--replacing", "Cache")
    finally:
        file.write_text(text, encoding="utf-8")

    assert (refused.returncode, allowed.returncode) == (1, 0)
    assert "Cache would be replaced; --replacing allows it (losses)" in refused.stdout
    assert "  replaced         Cache (NetworkType)\n" in allowed.stdout


def test_a_file_that_cannot_be_read_is_told_with_its_line(released: Path) -> None:
    file = released / ".ebextensions" / "zz.config"
    try:
        file.write_text("Resources:\n  A: {}\n  A: {}\n", encoding="utf-8")
        ran = check(released)
    finally:
        file.unlink()

    assert ran.returncode == 1
    assert "zz.config:3: A is given twice" in ran.stdout
