"""An instance's Python: a bare venv, and what requirements.txt asks for in it, with pip."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from lab.rehearsal.steps import StepFailed

# Elastic Beanstalk's own name for it.
NAME = "staging-LQM1lest"
LONGEST_SECONDS = 300


def install(folder: Path, requirements: Path, *, like: Path | None = None) -> Path:
    """The venv in `folder` with exactly what is required; made where there is none.

    `like` is another instance's, to begin with its files: the machine would fetch the same anew.
    """
    venv = folder / NAME
    if not venv.exists():
        if like is None:
            _run([_python(), "-m", "venv", str(venv)])
        else:
            _copy(like, venv)
    _run(
        [
            *(str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet"),
            *("--disable-pip-version-check", "--require-hashes", "-r", str(requirements)),
        ]
    )
    return venv


def _python() -> str:
    """The machine's Python that this environment was made with."""
    return f"{sys.base_prefix}/bin/python{sys.version_info.major}.{sys.version_info.minor}"


def _copy(like: Path, venv: Path) -> None:
    """The same files, not twice on the disk; what names the folder it stands in is written anew."""
    shutil.copytree(like, venv, symlinks=True, copy_function=_link, dirs_exist_ok=True)
    for script in [venv / "pyvenv.cfg", *(venv / "bin").iterdir()]:
        if script.is_symlink() or not script.is_file():
            continue
        text = script.read_bytes()
        if str(like).encode() in text:
            script.unlink()
            script.write_bytes(text.replace(str(like).encode(), str(venv).encode()))
            script.chmod(0o755)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # another disk, or a file system without links
        shutil.copy2(source, target, follow_symlinks=False)


def _run(command: list[str]) -> None:
    # Where packages come from is the machine's business (PIP_*, proxies, certificates), not a
    # property of the environment. PYTHONPATH would bring in what is not in the venv.
    machine = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    try:
        ran = subprocess.run(
            command,
            env=machine,
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise StepFailed(f"installing took longer than {LONGEST_SECONDS} s") from None
    if ran.returncode:
        raise StepFailed(f"{' '.join(command[1:4])} failed: {ran.stderr.strip()[-1500:]}")
