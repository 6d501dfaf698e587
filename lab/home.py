"""The folder in which one plant lives on this machine, for one owner at a time."""

import fcntl
import os
import secrets
import shlex
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self


class HomeTaken(Exception):
    """Another `make run` lives here."""


class Home:
    """Data, logs and secrets under one folder, locked while in use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: int | None = None

    def __enter__(self) -> Self:
        self.folder.mkdir(exist_ok=True)
        # The lock ends with the process that holds it, even one that is killed.
        self._lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(self._lock, 20).decode() or "?"
            os.close(self._lock)
            raise HomeTaken(f"it runs already, as process {owner}; stop that first") from None
        os.ftruncate(self._lock, 0)
        os.write(self._lock, str(os.getpid()).encode())
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            os.close(self._lock)

    def keep_environment(self, environment: Mapping[str, str]) -> None:
        """Write what a shell needs to use this plant; it holds passwords, for the owner alone."""
        names = ("SECRET_KEY", "CACHE_URL", "DATABASE_URL", "ANDON_ENVIRONMENT", "LIVE_PORT")
        programs = Path(sys.executable).parent
        lines = [
            *(f"export {name}={shlex.quote(environment[name])}" for name in names),
            "export FLASK_APP=application",
            f"export PATH={shlex.quote(str(programs))}:$PATH",
        ]
        file = self.folder / "environment"
        file.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
        file.write_text("\n".join(lines) + "\n")

    def secret(self, name: str, *, size: int = 32) -> str:
        """The secret of this name: made once, `size` random bytes as hex, kept for the owner."""
        file = self.folder / name
        if not file.exists():
            file.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
            file.write_text(secrets.token_hex(size))
        return file.read_text()
