"""An environment: its resources, balancer and instances, and what a deployment does to them.

It has the shape that the stand-in of Elastic Beanstalk's API (`lab/ebapi`) calls: it says what it
does as it goes, and refuses with `DeploymentFailed` and the words of whatever refused.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lab.balancer import Balancer
from lab.deploycheck.strict import Refused
from lab.deploycheck.synthesis import ENVIRONMENT, Deployment, of_texts
from lab.ebapi.environment import DeploymentFailed, Say
from lab.engines import EngineFailed
from lab.rehearsal import packing
from lab.rehearsal.instance import Instance, Version
from lab.rehearsal.properties import Unplayed
from lab.rehearsal.resources import Resources
from lab.rehearsal.steps import StepFailed

PROCESS = "aws:elasticbeanstalk:environment:process:default"
POLICY = "RollingWithAdditionalBatch"
# Generous: other work may share the machine. A real one gives up after the command's `Timeout`.
HEALTHY_SECONDS = 90


class Environment:
    """Creates, deploys to and terminates instances on this machine, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.instances: list[Instance] = []
        self.balancer: Balancer | None = None
        self.resources: Resources | None = None
        self.properties: Mapping[str, str] = {}
        self._folder = folder
        self._chosen: dict[str, str] = {}
        self._bundle = Path()
        self._settings: Mapping[str, str] = {}
        self._made = 0

    def create(self, bundle: Path, settings: Mapping[str, str], say: Say) -> None:
        """The resources, the balancer, and as many instances as the files ask for."""
        self._chosen = dict(settings)
        with _refusing():
            deployment = self._read(bundle)
            self.resources = Resources(self._folder, say)
            self.resources.start()
            version = self._version(bundle, deployment)
            self._adopt(version, deployment)
            self._start_balancer(deployment, say)
            size = int(deployment.settings["aws:autoscaling:asg"]["MinSize"])
            for number in range(size):
                self._add(version, say, leader=number == 0)

    def deploy(self, bundle: Path, say: Say) -> None:
        """Another version, as `RollingWithAdditionalBatch` does it: never fewer than before.

        Where the additional instance refuses it, it is taken away, and nothing else was touched.
        Where a later one does, that one stays out of service, and the additional one in it.
        """
        with _refusing():
            deployment = self._read(bundle)
            policy = deployment.settings["aws:elasticbeanstalk:command"]["DeploymentPolicy"]
            if policy != POLICY:
                raise Unplayed(f"the rehearsal plays {POLICY}, and the files ask for {policy}")
            version = self._version(bundle, deployment)
            before = list(self.instances)
            self._add(version, say, leader=True)
            for instance in before:
                self._take_out(instance, say)
                say(f"{instance.name}: deploying in place")
                instance.deploy(version, leader=False)
                self._bring_in(instance, say)
            self._adopt(version, deployment)
            self._remove(self.instances[-1], say)

    def configure(self, settings: Mapping[str, str], say: Say) -> None:
        """Exactly these properties on each instance in turn, until one refuses."""
        before, self._chosen = self._chosen, dict(settings)
        with _refusing():
            try:
                deployment = self._read(self._bundle)
                version = self._version(self._bundle, deployment)
                for instance in self.instances:
                    self._configure(instance, version.properties, say)
                self._adopt(version, deployment)
            except StepFailed:
                self._chosen = before
                raise

    def terminate(self, say: Say) -> None:
        """Stop all there is, in the opposite order; safe at any moment, and more than once."""
        for instance in self.instances:
            say(f"{instance.name}: stopping")
            instance.stop()
        self.instances.clear()
        if self.balancer is not None:
            self.balancer.stop()
        if self.resources is not None:
            self.resources.stop()

    def _read(self, bundle: Path) -> Deployment:
        files = packing.texts(bundle, ".ebextensions", ".config")
        return of_texts(files, chosen={ENVIRONMENT: self._chosen})

    def _version(self, bundle: Path, deployment: Deployment) -> Version:
        if self.resources is None:
            raise DeploymentFailed("there is no environment to deploy to")
        return Version(bundle, deployment.commands, self.resources.properties(deployment))

    def _adopt(self, version: Version, deployment: Deployment) -> None:
        """From here on this is what the environment runs."""
        self._bundle, self.properties = version.bundle, version.properties
        self._settings = deployment.settings[PROCESS]

    def _start_balancer(self, deployment: Deployment, say: Say) -> None:
        say("nginx for the balancer")
        self.balancer = Balancer(
            self._folder / "balancer",
            good=int(self._settings["HealthyThresholdCount"]),
            bad=int(self._settings["UnhealthyThresholdCount"]),
            idle_seconds=int(deployment.settings["aws:elbv2:loadbalancer"]["IdleTimeout"]),
        )
        self.balancer.start()
        self.balancer.watch(say)

    def _add(self, version: Version, say: Say, *, leader: bool) -> None:
        """One more instance in service, or none: one that refuses is taken away again."""
        self._made += 1
        name = f"i-{self._made}"
        instance = Instance(name, self._folder / name)
        like = self.instances[0] if self.instances else None
        self.instances.append(instance)
        say(f"{name}: deploying{' as the leader' if leader else ''}")
        try:
            instance.deploy(version, leader=leader, like=like)
            self._bring_in(instance, say)
        except (StepFailed, EngineFailed):
            self._balancer().deregister(name)
            instance.stop()
            self.instances.remove(instance)
            raise

    def _bring_in(self, instance: Instance, say: Say) -> None:
        """Register it, and wait until the balancer has found it healthy."""
        balancer = self._balancer()
        balancer.register(instance.name, instance.port)
        deadline = time.monotonic() + HEALTHY_SECONDS
        while not balancer.is_in_service(instance.name):
            instance.check()
            if time.monotonic() > deadline:
                raise StepFailed(f"{instance.name} is not healthy after {HEALTHY_SECONDS} s")
            time.sleep(0.1)
        instance.keep_running()

    def _configure(self, instance: Instance, properties: Mapping[str, str], say: Say) -> None:
        self._take_out(instance, say)
        say(f"{instance.name}: changing its properties")
        try:
            instance.configure(properties)
        finally:
            # A hook that refused left its processes running.
            self._bring_in(instance, say)

    def _take_out(self, instance: Instance, say: Say) -> None:
        """Deregister it, and wait as long as the balancer lets its connections finish."""
        self._balancer().deregister(instance.name)
        seconds = int(self._settings["DeregistrationDelay"])
        say(f"{instance.name}: deregistered, {seconds} s for what is under way")
        time.sleep(seconds)

    def _remove(self, instance: Instance, say: Say) -> None:
        self._take_out(instance, say)
        say(f"{instance.name}: taking it away")
        instance.stop()
        self.instances.remove(instance)

    def _balancer(self) -> Balancer:
        if self.balancer is None:
            raise DeploymentFailed("there is no environment to deploy to")
        return self.balancer


@contextmanager
def _refusing() -> Iterator[None]:
    """Whatever refuses a deployment, refuses it in one way."""
    try:
        yield
    except (StepFailed, EngineFailed, Unplayed, Refused) as refused:
        raise DeploymentFailed(str(refused)) from refused
