"""What the client does with this project, command by command, as claims that hold or do not."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from lab.deploycheck import bundle
from lab.ebapi import findings, settings
from lab.ebapi.client import Client, Spoken
from lab.ebapi.environment import DeploymentFailed, Say
from lab.ebapi.server import Api

NAME = "andon-production"
# As docs/deploy.md has it, and what its words set.
CREATE = (
    *("create", NAME, "-i", "t3.small", "--timeout", "60", "--vpc.id", "vpc-0a"),
    *("--vpc.ec2subnets", "subnet-0a,subnet-0b", "--vpc.elbsubnets", "subnet-0c,subnet-0d"),
)
VPC = "aws:ec2:vpc"
ASKED = {
    ("aws:autoscaling:launchconfiguration", "InstanceType"): "t3.small",
    (VPC, "VPCId"): "vpc-0a",
    (VPC, "Subnets"): "subnet-0a,subnet-0b",
    (VPC, "ELBSubnets"): "subnet-0c,subnet-0d",
    # Not asked for: `--vpc.elbpublic` and `--vpc.publicip` would be.
    (VPC, "ELBScheme"): "internal",
    (VPC, "AssociatePublicIpAddress"): "false",
}
# Longer than the shortest that the client can be told to wait, which is a minute.
LONG = timedelta(seconds=75)
# The client's exit code where the service or itself gives up.
ERROR = 4
REFUSED = "i-1: 10_settings.sh ended with 1"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A claim, and what is instead; empty where it holds."""

    claim: str
    instead: str

    def __str__(self) -> str:
        return f"WRONG  {self.claim}: {self.instead}" if self.instead else f"holds  {self.claim}"


@dataclass(slots=True)
class Recorded:
    """An environment that deploys nothing: it notes what it is handed, and fails as told."""

    bundles: list[Path] = field(default_factory=list)
    properties: Mapping[str, str] = field(default_factory=dict)
    terminated: int = 0
    failing: str = ""
    lasting: timedelta = timedelta(0)

    def create(self, bundle: Path, settings: Mapping[str, str], say: Say) -> None:
        self.properties = settings
        self.deploy(bundle, say)

    def deploy(self, bundle: Path, say: Say) -> None:
        say("noted, and deployed nowhere")
        time.sleep(self.lasting.total_seconds())
        if self.failing:
            raise DeploymentFailed(self.failing)
        self.bundles.append(bundle)

    def configure(self, settings: Mapping[str, str], say: Say) -> None:
        self.properties = settings

    def terminate(self, say: Say) -> None:
        self.terminated += 1


class Proof:
    """Goes through all commands. Each builds on those before, so the first wrong claim ends it."""

    def __init__(self, client: Client, api: Api, environment: Recorded) -> None:
        self._client = client
        self._api = api
        self._environment = environment

    def verdicts(self) -> Iterator[Verdict]:
        for step in (
            *(self._initialised, self._created, self._set_beside_the_files, self._shown),
            *(self._configured, self._uncommitted, self._committed, self._failed, self._late),
            *(self._terminated, self._failed_to_create, self._known),
        ):
            for verdict in step():
                yield verdict
                if verdict.instead:
                    return

    def _initialised(self) -> Iterator[Verdict]:
        said = self._client.init()
        yield _ended("eb init makes the application", said, 0, "Application andon has been created")
        changed = self._client.git("status", "--porcelain")
        yield Verdict("eb init leaves nothing to commit", changed)

    def _created(self) -> Iterator[Verdict]:
        said = self._client.run(*CREATE)
        words = f"Successfully launched environment: {NAME}"
        yield _ended("eb create sees the environment come up", said, 0, words)
        yield from self._uploaded("CreateEnvironment")

    def _uploaded(self, action: str) -> Iterator[Verdict]:
        """Of the version that was handed on last."""
        label = self._api.asked(action)[-1].parameters["VersionLabel"]
        version = self._api.asked("CreateApplicationVersion")[-1]
        registered = version.parameters["VersionLabel"] if version.refused is None else "none"
        yield _is("the version deployed is the one registered for the upload", label, registered)
        uploaded = bundle.of_upload(self._environment.bundles[-1])
        committed = bundle.of_commit(self._client.checkout)
        different = findings.differences(uploaded, committed)
        yield Verdict("what is uploaded is what `git archive HEAD` gives", different)
        faults = [f"{name} {why} ({rule})" for rule, (name, why) in bundle.faults(uploaded)]
        yield Verdict("what is uploaded passes the rules of a bundle", "; ".join(faults))

    def _set_beside_the_files(self) -> Iterator[Verdict]:
        asked = self._api.asked("CreateEnvironment")[-1]
        sent = settings.of_members(asked.parameters["OptionSettings"])
        strange = findings.unexpected(sent, asked=ASKED)
        yield Verdict("eb create sets what we say it sets, and no more", strange)
        files = [
            *(self._client.checkout / ".ebextensions").glob("*.config"),
            *(self._client.checkout / "deployment").glob("*.config"),
        ]
        lost = findings.overridden(sent, files)
        yield Verdict("none of our files says otherwise", lost)

    def _shown(self) -> Iterator[Verdict]:
        label = self._api.asked("CreateEnvironment")[-1].parameters["VersionLabel"]
        said = self._client.run("status")
        yield _ended("eb status shows the version", said, 0, f"Deployed Version: {label}")
        yield _ended(
            "eb status shows it ready and green", said, 0, "Status: Ready", "Health: Green"
        )
        said = self._client.run("health")
        yield _ended("eb health shows it well", said, 0, "Ok")
        said = self._client.run("events")
        yield _ended("eb events shows how it came up", said, 0, "Successfully launched environment")
        said = self._client.run("printenv")
        yield _ended("eb printenv shows the function, not its result", said, 0, "CACHE_URL = `{")

    def _configured(self) -> Iterator[Verdict]:
        said = self._client.run("setenv", "RDS_DB_NAME=elsewhere", "SESSION_MINUTES=480")
        yield _ended(
            "eb setenv sees the settings arrive", said, 0, "Successfully deployed new conf"
        )
        wanted = {"RDS_DB_NAME": "elsewhere", "SESSION_MINUTES": "480"}
        yield _is("the instances are given these", self._environment.properties, wanted)
        said = self._client.run("printenv")
        yield _ended(
            "a property that is set wins over the files", said, 0, "RDS_DB_NAME = elsewhere"
        )
        self._client.run("setenv", "RDS_DB_NAME=")
        said = self._client.run("printenv")
        yield _ended("one that is taken away gives way to them", said, 0, "RDS_DB_NAME = andon")

    def _uncommitted(self) -> Iterator[Verdict]:
        with (self._client.checkout / "application.py").open("a", encoding="utf-8") as file:
            file.write("# not committed\n")
        (self._client.checkout / "app" / "untracked.py").touch()
        said = self._client.run("deploy", "--timeout", "40")
        words = "Environment update completed successfully."
        yield _ended("eb deploy sees the version arrive", said, 0, words)
        # It means to warn, but `untracked_changes_exist` of 3.27.5 forgets to return what it found.
        warned = [line for line in said.words.splitlines() if "uncommitted" in line]
        yield _is("eb deploy does not say that something is not committed", warned, [])
        yield from self._uploaded("UpdateEnvironment")

    def _committed(self) -> Iterator[Verdict]:
        who = ("-c", "user.name=eb-client", "-c", "user.email=eb-client@localhost")
        self._client.git("add", "app/untracked.py", "application.py")
        self._client.git(*who, "-c", "commit.gpgsign=false", "commit", "-qm", "Be the next version")
        self._client.run("deploy")
        yield from self._uploaded("UpdateEnvironment")
        uploaded = bundle.of_upload(self._environment.bundles[-1])
        arrived = "app/untracked.py" in uploaded
        yield _is("once committed, the change is uploaded", arrived, wanted=True)

    def _failed(self) -> Iterator[Verdict]:
        before = self._version_deployed()
        self._environment.failing = REFUSED
        said = self._client.run("deploy")
        words = (f"ERROR   {REFUSED}", "ServiceError - Failed to deploy application.")
        yield _ended(
            "a deployment that fails ends eb deploy with 4 and its words", said, ERROR, *words
        )
        yield _is(
            "the version before it is still the one deployed", self._version_deployed(), before
        )
        said = self._client.run("status")
        yield _ended("eb status shows that it is not well", said, 0, "Status: Ready", "Health: Red")
        self._environment.failing = ""

    def _late(self) -> Iterator[Verdict]:
        self._environment.lasting = LONG
        said = self._client.run("deploy", "--timeout", "1")
        words = "The EB CLI timed out after 1 minute(s)."
        yield _ended("eb deploy --timeout 1 gives up after a minute, with 4", said, ERROR, words)
        said = self._client.run("deploy")
        words = "is in an invalid state for this operation. Must be Ready."
        yield _ended("another eb deploy is refused meanwhile, with 4", said, ERROR, words)
        self._api.operations.wait()
        self._environment.lasting = timedelta(0)
        late = self._api.asked("UpdateEnvironment")[-2].parameters["VersionLabel"]
        yield _is("the deployment went on without the client", self._version_deployed(), late)

    def _terminated(self) -> Iterator[Verdict]:
        said = self._client.run("terminate", answer="andon\n")
        words = "Names do not match."
        yield _ended("eb terminate asks for the environment's name", said, ERROR, words)
        yield _is("and asks for nothing without it", self._api.asked("TerminateEnvironment"), [])
        said = self._client.run("terminate", answer=f"{NAME}\n")
        words = "terminateEnvironment completed successfully."
        yield _ended("eb terminate sees it taken down", said, 0, words)
        yield _is("it was taken down once", self._environment.terminated, 1)

    def _failed_to_create(self) -> Iterator[Verdict]:
        self._environment.failing = REFUSED
        said = self._client.run(*CREATE)
        words = (f"ERROR   {REFUSED}", "Create environment operation is complete, but with errors.")
        yield _ended("a creation that fails ends eb create with 4", said, ERROR, *words)
        said = self._client.run("terminate", "--force", NAME)
        yield _ended("what it left is terminated all the same", said, 0, "completed successfully")

    def _known(self) -> Iterator[Verdict]:
        strange = ", ".join(f"{call.service} {call.action}" for call in self._api.unknown())
        yield Verdict("the client asked for nothing that the stand-in has no part of", strange)

    def _version_deployed(self) -> str:
        said = self._client.run("status").words
        lines = (line.partition("Deployed Version: ") for line in said.splitlines())
        return next((label for _, found, label in lines if found), "")


def _ended(claim: str, said: Spoken, code: int, *words: str) -> Verdict:
    """A claim that the client ended with this code, and said these words."""
    missing = [each for each in words if each not in said.words]
    if said.code != code:
        return Verdict(claim, f"it ended with {said.code}")
    return Verdict(claim, f"it does not say «{'», «'.join(missing)}»" if missing else "")


def _is(claim: str, found: object, wanted: object) -> Verdict:
    return Verdict(claim, "" if found == wanted else f"{found}, not {wanted}")
