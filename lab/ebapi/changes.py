"""What changes an environment: each begins an operation, and answers before it has ended."""

import secrets
import string
from datetime import UTC, datetime
from pathlib import Path

from lab.deploycheck.strict import Refused
from lab.ebapi import platforms, settings
from lab.ebapi.applications import Applications
from lab.ebapi.environment import Configurable, DeploymentFailed, Environment, Say
from lab.ebapi.hosted import Fleet, Hosted, cname, shown
from lab.ebapi.operations import (
    CONFIGURATION,
    CREATION,
    DEPLOYMENT,
    TERMINATION,
    Operations,
)
from lab.ebapi.query import Action, Asked, Refusal, Tree
from lab.ebapi.settings import Options


class Changes:
    """Only one environment is up at a time, for there is but one to hand the work to."""

    def __init__(
        self,
        fleet: Fleet,
        environment: Environment,
        applications: Applications,
        operations: Operations,
    ) -> None:
        self._fleet = fleet
        self._environment = environment
        self._applications = applications
        self._operations = operations

    def actions(self) -> dict[str, Action]:
        return {
            "CreateEnvironment": self._create,
            "UpdateEnvironment": self._update,
            "TerminateEnvironment": self._terminate,
        }

    def _create(self, asked: Asked) -> Tree:
        hosted = self._asked_for(asked)
        bundle = self._applications.bundle(hosted.application, hosted.version)
        with self._fleet.lock:
            if any(True for _ in self._fleet.alive()):
                raise Refusal("TooManyEnvironmentsException", "There is an environment already.")
            self._fleet.all.append(hosted)
            hosted.direct = settings.of_members(asked.members("OptionSettings"))
            properties = settings.properties(hosted.direct)

            def work(say: Say) -> None:
                hosted.files = _read(bundle)
                self._environment.create(bundle, properties, say)

            self._operations.begin(
                hosted, CREATION, request_id=asked.request_id, work=work, done=_nothing
            )
            return shown(hosted)

    def _asked_for(self, asked: Asked) -> Hosted:
        name, now = asked.text("EnvironmentName"), datetime.now(UTC)
        return Hosted(
            name=name,
            id="e-" + "".join(secrets.choice(string.ascii_lowercase) for _ in range(10)),
            application=asked.text("ApplicationName"),
            region=asked.region,
            description=asked.optional("Description"),
            platform=platforms.of_request(asked),
            version=asked.text("VersionLabel"),
            cname=cname(asked.optional("CNAMEPrefix") or name, asked.region),
            created_at=now,
            updated_at=now,
        )

    def _update(self, asked: Asked) -> Tree:
        with self._fleet.lock:
            hosted = self._fleet.find_ready(asked)
            if label := asked.optional("VersionLabel"):
                self._deploy(hosted, label, asked)
            else:
                self._configure(hosted, asked)
            return shown(hosted)

    def _deploy(self, hosted: Hosted, label: str, asked: Asked) -> None:
        bundle = self._applications.bundle(hosted.application, label)
        files: Options = {}

        def work(say: Say) -> None:
            files.update(_read(bundle))
            self._environment.deploy(bundle, say)

        def done() -> None:
            hosted.version, hosted.files = label, files

        self._operations.begin(
            hosted, DEPLOYMENT, request_id=asked.request_id, work=work, done=done
        )

    def _configure(self, hosted: Hosted, asked: Asked) -> None:
        removed = settings.of_members(asked.members("OptionsToRemove"))
        kept = {name: value for name, value in hosted.direct.items() if name not in removed}
        direct = kept | settings.of_members(asked.members("OptionSettings"))

        def work(say: Say) -> None:
            if isinstance(self._environment, Configurable):
                self._environment.configure(settings.properties(direct), say)

        def done() -> None:
            hosted.direct = direct

        self._operations.begin(
            hosted, CONFIGURATION, request_id=asked.request_id, work=work, done=done
        )

    def _terminate(self, asked: Asked) -> Tree:
        with self._fleet.lock:
            hosted = self._fleet.find_ready(asked)
            self._operations.begin(
                hosted,
                TERMINATION,
                request_id=asked.request_id,
                work=self._environment.terminate,
                done=_nothing,
            )
            return shown(hosted)


def _read(bundle: Path) -> Options:
    try:
        return settings.of_bundle(bundle)
    except Refused as refused:
        raise DeploymentFailed(f"The configuration file .ebextensions/{refused}") from refused


def _nothing() -> None:
    pass
