"""What a deployment runs on an instance: the bundle's hooks and its container commands."""

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.deploycheck.strict import Tree

# Shorter than the `Timeout` of the files, which is for all steps together.
LONGEST_SECONDS = 120
WORDS = 1500


class StepFailed(Exception):
    """A step ended the deployment; the message is its name and its last words."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Runs steps in a folder of the instance, with its environment alone; `say` is its log."""

    folder: Path
    environment: Mapping[str, str]
    say: Callable[[str], None]

    def hooks(self, kind: str, moment: str) -> None:
        """Each hook of that moment, by name; raises `StepFailed` at the first that refuses."""
        for hook in sorted((self.folder / ".platform" / kind / moment).glob("*")):
            # The platform gives the right itself.
            hook.chmod(hook.stat().st_mode | 0o111)
            self.say(f".platform/{kind}/{moment}/{hook.name}")
            self.run(f"{kind}/{moment}/{hook.name}", [str(hook)])

    def container_commands(self, commands: Tree, *, leader: bool) -> None:
        """The leader's commands where this is the leader, then all others, each by name."""
        for name, asked in sorted(commands.items(), key=_leaders_first):
            if asked.get("leader_only") and not leader:
                continue
            folder = self.folder / asked.get("cwd", ".")
            more = {key: str(value) for key, value in asked.get("env", {}).items()}
            if "test" in asked and self._ran(asked["test"], folder, more).returncode:
                continue
            self.say(f"container command {name}{' (leader)' if asked.get('leader_only') else ''}")
            try:
                self.run(name, asked["command"], folder=folder, more=more)
            except StepFailed:
                if not asked.get("ignoreErrors"):
                    raise

    def run(
        self,
        name: str,
        command: str | list[str],
        *,
        folder: Path | None = None,
        more: Mapping[str, str] | None = None,
        words: str = "",
    ) -> str:
        """What the command printed; raises `StepFailed` with its last words where it fails."""
        try:
            ran = self._ran(command, folder or self.folder, more or {}, words)
        except subprocess.TimeoutExpired:
            raise StepFailed(f"{name} took longer than {LONGEST_SECONDS} s") from None
        except OSError as fault:
            raise StepFailed(f"{name} cannot be run: {fault.strerror}") from fault
        if ran.returncode:
            said = (ran.stderr + ran.stdout).strip()[-WORDS:]
            raise StepFailed(f"{name} failed ({ran.returncode}): {said or '(no output)'}")
        return ran.stdout

    def _ran(
        self,
        command: str | list[str],
        folder: Path,
        more: Mapping[str, str],
        words: str = "",
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", "-c", command] if isinstance(command, str) else command,
            cwd=folder,
            env={**self.environment, **more},
            input=words,
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )


def _leaders_first(item: tuple[str, Tree]) -> tuple[bool, str]:
    name, asked = item
    return not asked.get("leader_only"), name
