"""The play: a first deployment, a second one under load, and those that have to be refused."""

import secrets
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

import urllib3

from lab.ebapi.environment import Configurable, DeploymentFailed, Say
from lab.ebapi.environment import Environment as Worked
from lab.lambda_api import PLACEHOLDER
from lab.rehearsal import packing
from lab.rehearsal.database import connect
from lab.rehearsal.environment import Environment
from lab.rehearsal.load import PLANT, Load
from lab.rehearsal.record import Record
from lab.rehearsal.verdict import Verdict

GATEWAYS = 2
CALM_SECONDS = 3
# A batch that an instance had in hand when it went is taken over by another after a while.
STORED_SECONDS = 90
USER = "rehearsal"
UNREADABLE = {"SESSION_MINUTES": "a while"}
# With the last name of all files, so that it wins.
UNREADABLE_FILE = ".ebextensions/zz-rehearsal.config"
UNREADABLE_TEXT = """\
option_settings:
  aws:elasticbeanstalk:application:environment:
    SESSION_MINUTES: a while
"""


class Hands(Worked, Configurable, Protocol):
    """Whoever works the environment: it itself, or the EB CLI by way of the API that calls it."""


class Play:
    """Acts one after the other; whether each went as it should is noted in the verdict."""

    def __init__(
        self,
        environment: Environment,
        folder: Path,
        say: Say,
        verdict: Verdict,
        *,
        hands: Hands | None = None,
    ) -> None:
        self._environment = environment
        self._hands: Hands = hands or environment
        self._folder = folder
        self._say = say
        self._verdict = verdict
        self._record = Record()

    def run(self) -> None:
        """Play it to its end; raises what does not let it begin."""
        if changed := packing.uncommitted(packing.ROOT):
            self._say(f"not committed, and so not in the bundle:\n{changed}")
        first = packing.pack(packing.ROOT, self._folder / "first.zip")
        second = packing.pack_next(packing.ROOT, self._folder)
        self._act("eb create")
        self._hands.create(first, {}, self._say)
        self._verdict.hold(self._has_code(), "eb create: the function is brought its code")
        password, tokens = self._settle()
        load = self._load()
        with load.running(USER, password, tokens):
            time.sleep(CALM_SECONDS)
            try:
                self._deploy(second)
                self._refuse(second)
                self._configure()
            except DeploymentFailed as refusal:
                self._verdict.wrong.append(f"{self._record.during}: {refusal}")
            time.sleep(CALM_SECONDS)
        self._conclude(load.began_at)
        self._act("eb terminate")
        self._hands.terminate(self._say)

    def _deploy(self, second: Path) -> None:
        """Another version takes the place of the first, on all instances and for everybody."""
        before = self._versions()
        self._act("eb deploy")
        self._hands.deploy(second, self._say)
        after = self._versions()
        self._verdict.hold(
            len(after) == 1 and after.total() == before.total() and after.keys() != before.keys(),
            f"from {_told(before)} to {_told(after)}",
        )
        met = len(self._record.versions)
        self._verdict.hold(met > 1, f"{met} versions answered in the meantime")

    def _refuse(self, good: Path) -> None:
        """Three mistakes, each refused in words while the version before it goes on."""
        procfile = packing.texts(good, ".", "Procfile")["Procfile"]
        broken = {"Procfile": procfile.replace(" --workers ", " --wrokers ", 1)}
        unreadable, endless = (
            packing.amend(good, self._folder / f"refused-{number}.zip", files)
            for number, files in enumerate(({UNREADABLE_FILE: UNREADABLE_TEXT}, broken))
        )
        deploy, configure = self._hands.deploy, self._hands.configure
        mistakes: list[tuple[str, Callable[[], None], str]] = [
            (
                "eb deploy, with settings that cannot be read",
                lambda: deploy(unreadable, self._say),
                "SESSION_MINUTES",
            ),
            (
                "eb deploy, with a web process that does not come up",
                lambda: deploy(endless, self._say),
                "--wrokers",
            ),
            (
                "eb setenv, to what cannot be read",
                lambda: configure(UNREADABLE, self._say),
                "SESSION_MINUTES",
            ),
        ]
        for what, act, word in mistakes:
            self._refused(what, act, word)

    def _refused(self, what: str, act: Callable[[], None], word: str) -> None:
        """Hold that the act is refused with that word, and that all goes on as before."""
        before = self._versions()
        self._act(what)
        try:
            act()
        except DeploymentFailed as refusal:
            self._say(f"refused: {refusal}")
            self._verdict.hold(word in str(refusal), f"{what}: is refused, and says why")
        else:
            self._verdict.wrong.append(f"{what}: is not refused")
        self._verdict.hold(self._versions() == before, f"{what}: changes nothing")

    def _configure(self) -> None:
        """A property that can be read is changed."""
        self._act("eb setenv")
        self._hands.configure({"SESSION_IDLE_MINUTES": "20"}, self._say)
        given = [
            instance.given()["SESSION_IDLE_MINUTES"] for instance in self._environment.instances
        ]
        self._verdict.hold(set(given) == {"20"}, "eb setenv: every instance is given the property")

    def _act(self, name: str) -> None:
        self._record.during = name
        self._say(f"--- {name}")

    def _settle(self) -> tuple[str, list[str]]:
        """A plant, a person and gateways, made by hand: the password and the tokens."""
        instance = self._environment.instances[0]
        self._say(f"{instance.name}: a plant, a person and {GATEWAYS} gateways, by hand")
        password = secrets.token_hex(8)
        instance.by_hand("seed --days 1 --password-stdin", words=secrets.token_hex(8))
        instance.by_hand(
            f"create-user {USER} --name Rehearsal --role operator --plant {PLANT} --password-stdin",
            words=password,
        )
        return password, [
            instance.by_hand(f"create-gateway rehearsal-{number} --plant {PLANT}").strip()
            for number in range(GATEWAYS)
        ]

    def _load(self) -> Load:
        balancer = self._environment.balancer
        if balancer is None:
            raise DeploymentFailed("there is no balancer")
        return Load(balancer.port, balancer.ca, self._record)

    def _has_code(self) -> bool:
        resources = self._environment.resources
        return resources is not None and resources.function.code != PLACEHOLDER

    def _versions(self) -> Counter[str]:
        """How many instances say that they run which version."""
        found: Counter[str] = Counter()
        for instance in self._environment.instances:
            answer = urllib3.request("GET", f"http://127.0.0.1:{instance.port}/readyz", retries=3)
            ready = answer.status == HTTPStatus.OK
            found[answer.json()["version"] if ready else f"{answer.status}, not ready"] += 1
        return found

    def _conclude(self, since: datetime) -> None:
        """Count what was asked, what failed, and what is stored."""
        record = self._record
        self._act("the count")
        self._say(record.asked())
        self._verdict.hold(not record.failures, f"{len(record.failures)} requests failed")
        self._verdict.wrong += record.first_failures()
        sent = [number for numbers in record.acknowledged for number in numbers]
        self._verdict.count(sent, self._stored(set(sent), since))

    def _stored(self, sent: set[int], since: datetime) -> Counter[int]:
        """How often each number is in PostgreSQL, once all are there or time is up."""
        resources = self._environment.resources
        if resources is None:
            return Counter()
        deadline = time.monotonic() + STORED_SECONDS
        database = self._environment.properties["RDS_DB_NAME"]
        with closing(connect(resources.postgres, database)) as connection:
            while True:
                with connection, connection.cursor() as cursor:
                    cursor.execute("SELECT value FROM reading WHERE at >= %s", [since])
                    stored = Counter(int(value) for (value,) in cursor)
                if stored.keys() >= sent or time.monotonic() > deadline:
                    return stored
                time.sleep(0.5)


def _told(versions: Counter[str]) -> str:
    return ", ".join(f"{count} x {version}" for version, count in versions.items())
