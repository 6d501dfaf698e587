"""Plants a fault in a copy of a real file, and says which rules complain."""

import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from lab.deploycheck import rules
from lab.deploycheck.judging import SUBNETS, by_cfn_lint, by_our_rules
from lab.deploycheck.strict import Refused
from lab.deploycheck.synthesis import CUSTOM_OPTIONS, Deployment, synthesise

__all__ = [
    "CUSTOM_VPC",
    "FILES",
    "OPTIONS",
    "ROOT",
    "SUBNETS",
    "breaks",
    "chosen",
    "complaints",
    "deployed",
    "need_commit",
    "plant",
]

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / ".ebextensions").glob("*.config"))
OPTIONS = ROOT / "deployment"
UNSET = "set-the-ARN-of-your-certificate"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"
CUSTOM_VPC = SUBNETS | {"CacheVpc": "vpc-0c1d2e3f405162738"}


def need_commit(folder: Path = ROOT) -> None:
    """Skip where git is not, or shows no commit: an archive of the project has none."""
    shown = shutil.which("git") and subprocess.run(
        ["git", "rev-parse", "HEAD"],  # noqa: S607 # whichever git is in use here
        cwd=folder,
        capture_output=True,
        check=False,
    )
    if not shown or shown.returncode:
        pytest.skip(f"git shows no commit of {folder}")


def deployed(files: Iterable[Path] = FILES, **options: str) -> Deployment:
    return synthesise(files, chosen={CUSTOM_OPTIONS: SUBNETS | options})


def complaints(files: Iterable[Path], **options: str) -> set[str]:
    """The names of all rules that the files break: ours, cfn-lint's, and of the strict reading."""
    try:
        deployment = deployed(files, **options)
    except Refused as refusal:
        return {type(refusal).__name__}
    ours = {complaint.rule for complaint in by_our_rules(deployment)}
    return ours | {complaint.rule for complaint in by_cfn_lint(deployment)}


def breaks(rule: str, files: Iterable[Path]) -> bool:
    """Whether the files break the rule; cfn-lint, which takes its time, is asked for its own."""
    if rule not in rules.ALL:
        return rule in complaints(files)
    return any(complaint.rule == rule for complaint in by_our_rules(deployed(files)))


def chosen(folder: Path, name: str, old: str = "", new: str = "") -> list[Path]:
    """The real files with one of the options, its certificate filled in, and perhaps a fault.

    An option says itself which file it takes the place of.
    """
    text = (OPTIONS / f"{name}.config").read_text(encoding="utf-8").replace(UNSET, CERTIFICATE)
    if old:
        assert text.count(old) == 1
        text = text.replace(old, new)
    replaces = re.search(rf"cp deployment/{name}\.config \.ebextensions/(\S+)", text)
    copy = folder / (replaces[1] if replaces else f"{name}.config")
    copy.write_text(text, encoding="utf-8")
    return [*(path for path in FILES if path.name != copy.name), copy]


def plant(folder: Path, file: Path, old: str, new: str) -> list[Path]:
    """The real files, and of one a copy with the fault; what it replaces must stand there once."""
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    planted = folder / file.name
    planted.write_text(text.replace(old, new), encoding="utf-8")
    return [planted if path == file else path for path in FILES]
