"""One instance: a folder laid out as Elastic Beanstalk lays out a machine, and what runs in it."""

import shlex
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.children import Child, Children
from lab.deploycheck.strict import Tree
from lab.engines import EngineFailed, free_port
from lab.nginx import Nginx
from lab.procfile import LIVE_PORT, WEB_PORT
from lab.rehearsal import packages, packing
from lab.rehearsal.steps import StepFailed, Steps

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin"
# The folders of a real instance that hooks and commands name. Their copies here name the same
# below this instance's own: a namespace with real mounts is not to be had by everybody.
PLACES = ("/var/app/", "/opt/elasticbeanstalk/")
BY_HAND = (
    "set -a; . /opt/elasticbeanstalk/deployment/env; set +a; "
    ". /var/app/venv/*/bin/activate; cd /var/app/current; "
)
# The balancer stands beside the instance, where a real one stands in the VPC.
BALANCER = "set_real_ip_from 127.0.0.1;"


@dataclass(frozen=True, slots=True)
class Version:
    """What is deployed: a bundle, the commands of its files, and the properties it is given."""

    bundle: Path
    commands: Tree
    properties: Mapping[str, str]


class Instance:
    """A machine of the environment; `name` is what a real one has as its host's name."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self.staging, self.current = folder / "var/app/staging", folder / "var/app/current"
        self._given = folder / "opt/elasticbeanstalk/deployment/env"
        self.log = folder / "var/log/eb-engine.log"
        for place in (self.staging.parent, self.log.parent, folder / "home", folder / "var/pids"):
            place.mkdir(parents=True, exist_ok=True)
        self._ports = {WEB_PORT: 0, LIVE_PORT: 0}
        self._nginx: Nginx | None = None
        self._children: Children | None = None
        self._stopping = threading.Event()
        self._watch: threading.Thread | None = None

    @property
    def port(self) -> int:
        """Where its nginx listens."""
        return self._nginx.port if self._nginx else 0

    @property
    def venv(self) -> Path:
        return self.folder / "var/app/venv" / packages.NAME

    def deploy(self, version: Version, *, leader: bool, like: "Instance | None" = None) -> None:
        """Go through a deployment's steps in their order; raises `StepFailed` where one refuses.

        Up to the stop of the proxy a refusal leaves the version of before running.
        """
        packing.unpack(version.bundle, self.staging)
        self._move_paths(self.staging / ".platform")
        environment = self._give(version.properties)
        steps = Steps(self.staging, environment, self._note)
        steps.hooks("hooks", "prebuild")
        self._note("pip install")
        packages.install(
            self.venv.parent, self.staging / "requirements.txt", like=like.venv if like else None
        )
        steps.container_commands(self._moved(version.commands), leader=leader)
        steps.hooks("hooks", "predeploy")
        self.stop()
        shutil.rmtree(self.current, ignore_errors=True)
        self.staging.rename(self.current)
        self._start(environment)
        Steps(self.current, environment, self._note).hooks("hooks", "postdeploy")

    def configure(self, properties: Mapping[str, str]) -> None:
        """Change properties alone: no bundle, no commands, and `confighooks` instead of hooks."""
        environment = self._environment(properties)
        steps = Steps(self.current, environment, self._note)
        steps.hooks("confighooks", "prebuild")
        steps.hooks("confighooks", "predeploy")
        self.stop()
        self._start(self._give(properties))
        steps.hooks("confighooks", "postdeploy")

    def check(self) -> None:
        """Raise `StepFailed` with the last words of a process that ended."""
        try:
            if self._children is not None:
                self._children.check()
        except EngineFailed as ended:
            raise StepFailed(str(ended)) from ended

    def keep_running(self) -> None:
        """From now on what ends is started again, as systemd would."""
        if self._children is not None and self._watch is None:
            self._watch = threading.Thread(target=self._children.watch, daemon=True)
            self._watch.start()

    def stop(self) -> None:
        """Stop the proxy, then the processes: in this order a real instance does it."""
        if self._nginx is not None:
            self._nginx.stop()
        self._stopping.set()
        if self._watch is not None:
            self._watch.join()
            self._watch = None
        if self._children is not None:
            self._children.stop_all()
            self._children = None

    def given(self) -> dict[str, str]:
        """The properties that it was given, as they stand on it."""
        return dict(line.split("=", 1) for line in self._given.read_text().splitlines())

    def by_hand(self, command: str, *, words: str = "") -> str:
        """What a command of `flask` prints, typed on the instance as docs/deploy.md says."""
        typed = self._here(BY_HAND) + f"flask --app application {command}"
        bare = {"HOME": str(self.folder / "home"), "PATH": SYSTEM_PATH}
        return Steps(self.folder, bare, self._note).run(f"«{command}»", typed, words=words)

    def _start(self, environment: Mapping[str, str]) -> None:
        self._ports = {usual: free_port(preferred=port) for usual, port in self._ports.items()}
        self._stopping = threading.Event()
        self._children = Children(self.folder / "var", self._stopping, as_systemd=True)
        processes = {
            **environment,
            "PATH": f"{self.venv}/bin:{SYSTEM_PATH}",
            "PORT": str(self._ports[WEB_PORT]),
        }
        for line in (self.current / "Procfile").read_text(encoding="utf-8").splitlines():
            name, _, command = line.partition(":")
            self._note(f"start {name}")
            words = ["/bin/sh", "-c", f"exec {self._with_ports(command)}"]
            child = Child(name, words, folder=self.current)
            self._children.start(child, environment=processes)
        self._start_nginx()

    def _start_nginx(self) -> None:
        before = self.port
        shutil.rmtree(self.folder / "nginx/etc", ignore_errors=True)
        self._nginx = Nginx(
            self.folder / "nginx",
            web=self._ports[WEB_PORT],
            live=self._ports[LIVE_PORT],
            ours=self.current / ".platform/nginx",
            extra=BALANCER,
        )
        self._nginx.port = before
        try:
            self._nginx.check()
            self._nginx.start()
        except EngineFailed as refused:
            raise StepFailed(f"nginx: {refused}") from refused

    def _environment(self, properties: Mapping[str, str]) -> dict[str, str]:
        """What hooks and commands see: nothing of this machine's."""
        platforms_own = {
            "HOME": str(self.folder / "home"),
            "PATH": SYSTEM_PATH,
            "PORT": WEB_PORT,
            "PYTHONPATH": f"{self.venv}/bin",
        }
        # All instances stand on one host, whose name would be the name of each.
        return {**platforms_own, **properties, "INSTANCE_ID": self.name}

    def _give(self, properties: Mapping[str, str]) -> dict[str, str]:
        """The environment, also written where a real instance has it, for root alone."""
        environment = self._environment(properties)
        self._given.parent.mkdir(parents=True, exist_ok=True)
        self._given.touch(mode=0o600)
        kept = (name for name in environment if name not in ("HOME", "PATH"))
        self._given.write_text("".join(f"{name}={environment[name]}\n" for name in kept))
        return environment

    def _move_paths(self, folder: Path) -> None:
        """Let the unpacked hooks name this instance's folders."""
        for hook in folder.glob("*hooks/*/*"):
            hook.write_bytes(self._here(hook.read_bytes().decode()).encode())

    def _moved(self, commands: Tree) -> Tree:
        return {
            name: {
                key: self._here(value) if isinstance(value, str) else value
                for key, value in asked.items()
            }
            for name, asked in commands.items()
        }

    def _here(self, text: str) -> str:
        for place in PLACES:
            text = text.replace(place, f"{self.folder}{place}")
        return text

    def _with_ports(self, command: str) -> str:
        words = shlex.split(self._here(command))
        return shlex.join(str(self._ports[word]) if word in self._ports else word for word in words)

    def _note(self, text: str) -> None:
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"{text}\n")
