"""`make rehearse`: a deployment without AWS, from the bundle to the last instance."""

import argparse
import signal
import sys
import time
from pathlib import Path

from lab.browser import NotLetIn
from lab.cluster.ground import clear
from lab.ebapi.environment import DeploymentFailed
from lab.engines import EngineFailed
from lab.home import Home, HomeTaken
from lab.rehearsal import packing, platforms
from lab.rehearsal.environment import Environment
from lab.rehearsal.packing import NotPacked
from lab.rehearsal.play import Play
from lab.rehearsal.steps import StepFailed
from lab.rehearsal.verdict import Verdict

HOME = packing.ROOT / ".andon" / "rehearsal"


class Interrupted(Exception):
    """Somebody pressed Ctrl-C, or asked the process to end."""


def main() -> int:
    """Rehearse; 0 where everything went as it should."""
    parser = argparse.ArgumentParser(prog="rehearse", description=__doc__)
    parser.add_argument("--home", type=Path, default=HOME, help="where the instances stand")
    asked = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    home: Path = asked.home.absolute()
    home.parent.mkdir(parents=True, exist_ok=True)
    try:
        with Home(home):
            clear(home)
            verdict = _rehearse(home)
            print(verdict, flush=True)
            if verdict.is_good:
                clear(home)
    except (HomeTaken, NotPacked, EngineFailed, DeploymentFailed, StepFailed, NotLetIn) as reason:
        print(f"andon: {reason}", file=sys.stderr)
        return 1
    except Interrupted:
        print("andon: interrupted; everything is stopped", file=sys.stderr)
        return 1
    return 0 if verdict.is_good else 1


def _rehearse(home: Path) -> Verdict:
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:5.0f} s  {text}", flush=True)

    verdict = Verdict()
    for platform in platforms.check():
        say(str(platform))
        verdict.hold(not platform.refusal, str(platform))
    environment = Environment(home)
    try:
        Play(environment, home, say, verdict).run()
    finally:
        # A second Ctrl-C must not leave half of it running.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        environment.terminate(say)
    return verdict


def _interrupt(*_: object) -> None:
    raise Interrupted


if __name__ == "__main__":
    sys.exit(main())
