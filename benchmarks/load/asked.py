"""What was asked for, and whether it is all right to do that there."""

import argparse
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.load.arrivals import SHAPES, Crowd
from benchmarks.load.entry import SIGN_INS, Entry
from benchmarks.load.locusts import Terms

LOOPBACK = ("127.0.0.1", "localhost", "::1")
YES = "YES"
MOST_WORKERS = 64  # as many may number what they send
MOST_INSTANCES = 9
# Defaults, and what they are.
NUMBERS = {
    "seconds": (60, "how long"),
    "screens": (50, "event streams held open"),
    "people": (24, "people at their pages"),
    "gateways": (4, "each sends four batches a second"),
    "members": (0, "so many more on the leaderboard of all time; on a plant of our own"),
    "workers": (1, "processes of Locust on this machine"),
    "instances": (0, "behind a load balancer, on a plant of our own; 0: one, without nginx"),
    "away": (0, "processes of Locust that join from other machines"),
}

WARNING = """\
This writes to {url}:
  {readings:,} readings and some {pieces:,} pieces a second into the lines of the plant «{plant}»,
  on which the board, the leaderboards and the reports will show them;
  calls for help, which people on the floor will see; answers to calls that are open there, and
  their ends, whoever raised them; sign-ins of the accounts named.
None of it is taken back. Do this to a place that was made for it."""


class NotAllowed(Exception):
    """What was asked for should not be done, in one line."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="benchmarks.load", description="Put a plant under load; one of our own, or --base."
    )
    for name, (default, words) in NUMBERS.items():
        parser.add_argument(f"--{name}", type=_natural, default=default, help=words)
    parser.add_argument("--shape", choices=SHAPES, default=SHAPES[0], help="shift: people come "
                        "threefold for a while in the middle")  # fmt: skip
    parser.add_argument("--base", help="a place that runs already, with the seeded plant")
    parser.add_argument("--anywhere", action="store_true", help="--base may be another machine")
    parser.add_argument("--folder", type=Path, help="append what happens to the files of a run "
                        "that somebody else keeps, and judge nothing")  # fmt: skip
    parser.add_argument("--once", action="store_true", help="not once more without the cache")
    asked = parser.parse_args()
    if not 1 <= asked.workers + asked.away <= MOST_WORKERS:
        parser.error(f"there are 1 to {MOST_WORKERS} workers")
    if asked.instances > MOST_INSTANCES:
        parser.error(f"there are at most {MOST_INSTANCES} instances")
    if asked.instances and asked.base:
        parser.error("--instances are of a plant of our own, and --base is none")
    if asked.folder and not asked.base:
        parser.error("--folder is for a place that runs already: --base says where")
    return asked


def terms_of(asked: argparse.Namespace) -> Terms:
    return Terms(
        crowd=Crowd(asked.screens, asked.gateways, asked.people),
        shape=asked.shape,
        seconds=asked.seconds,
        members=asked.members,
        workers=asked.workers,
        away=asked.away,
    )


def check(terms: Terms, entry: Entry) -> None:
    """Refuse more people than may be signed in: they would throw one another out."""
    processes = terms.workers + terms.away
    if terms.crowd.screens and processes > SIGN_INS:
        raise NotAllowed(f"more than {SIGN_INS} workers with screens sign one another out")
    # The smallest role's share of the people is two of thirteen; the largest's nine.
    shares = {"operator": 9 / 13, "supervisor": 2 / 13, "viewer": 2 / 13}
    people = terms.crowd.most_people if terms.shape == SHAPES[0] else terms.crowd.people
    for role, share in shares.items():
        wanted, room = people * share, SIGN_INS * len(entry.accounts[role])
        if wanted > room:
            raise NotAllowed(
                f"{people} people are some {wanted:.0f} of role {role}, and {room} sign-ins of "
                f"theirs can be had; name more accounts, or fewer --people"
            )


def allow(asked: argparse.Namespace, *, plant: str, rate: tuple[int, int]) -> None:
    """Say what will be done to another machine, and do it only if told to."""
    if urlsplit(asked.base).hostname in LOOPBACK:
        return
    readings, pieces = rate
    print(WARNING.format(url=asked.base, plant=plant, readings=readings, pieces=pieces))
    if asked.anywhere or os.environ.get(YES):
        return
    if not sys.stdin.isatty():
        raise NotAllowed(f"{asked.base} is another machine; say --anywhere if it is yours")
    if input(f"Type {YES} to go on: ").strip() != YES:
        raise NotAllowed("nothing was done")


def _natural(words: str) -> int:
    number = int(words)
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number
