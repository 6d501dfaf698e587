"""The way to leaderboard-python, which lives in an environment and a process of its own."""

import json
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

from lab.engines import EngineFailed
from lab.procfile import ROOT

PYTHON = ROOT / ".venv-leaderboard" / "bin" / "python"
PROGRAM = Path(__file__).parent / "peer_process.py"
STOP_SECONDS = 5


class Peer:
    """Asks the peer's process; whatever it cannot answer ends the benchmark with its last words."""

    def __init__(self, terms: dict[str, object]) -> None:
        if not PYTHON.exists():
            raise EngineFailed("leaderboard-python is not installed: start this with `make bench`")
        # Isolated: neither this folder nor the caller's is where its imports come from.
        self._process = subprocess.Popen(
            [str(PYTHON), "-I", str(PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._say(terms)

    def burst(self, step: str, times: int) -> list[float]:
        """The seconds that each of so many calls took."""
        taken: list[float] = self._ask({"step": step, "times": times})
        return taken

    def answers(self, member: str) -> dict[str, Any]:
        """What it says of this member, of those around it, and of the best ten."""
        found: dict[str, Any] = self._ask({"member": member})
        return found

    def close(self) -> None:
        # What was written to one that had ended is still in the pipe's buffer.
        with suppress(BrokenPipeError):
            if self._process.stdin:
                self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def _ask(self, question: dict[str, object]) -> Any:  # noqa: ANN401 (as JSON has it)
        self._say(question)
        answer = self._process.stdout.readline() if self._process.stdout else ""
        if not answer:
            raise EngineFailed("leaderboard-python ended; its last words are above")
        return json.loads(answer)

    def _say(self, words: dict[str, object]) -> None:
        if self._process.stdin:
            try:
                self._process.stdin.write(json.dumps(words) + "\n")
                self._process.stdin.flush()
            except BrokenPipeError as reason:
                raise EngineFailed("leaderboard-python ended; its last words are above") from reason
