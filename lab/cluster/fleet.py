"""All of a fleet: engines, instances, balancer; started in order and stopped in the other."""

import os
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from app.config import Config
from app.domain.accounts import issue_token
from app.models.schema import migrate
from app.parts import Parts, build_parts
from lab import procfile
from lab.balancer import Balancer
from lab.children import Child, Children
from lab.cluster.caches import cache_of
from lab.cluster.instance import Instance
from lab.engines import Postgres

Say = Callable[[str], None]
PLANTS = ("north", "south")
SIMULATED_RATE = 20
# As the environment's files have it.
GOOD, BAD, IDLE_SECONDS = 2, 3, 60
# What the witness outside of all instances is called.
OUTSIDE = "outside"


class Fleet:
    """`size` instances over one cache and one database, all new, in a folder of their own."""

    def __init__(
        self, folder: Path, stopping: threading.Event, say: Say, *, size: int, cache: str
    ) -> None:
        self.folder = folder
        self.password = secrets.token_hex(8)
        self.cache = cache_of(cache, folder / "cache")
        self.postgres = Postgres(folder / "postgres", counts_statements=True)
        self.balancer = Balancer(
            folder / "balancer", good=GOOD, bad=BAD, idle_seconds=IDLE_SECONDS, tls=False
        )
        self.instances: list[Instance] = []
        self._parts: Parts | None = None
        self._size = size
        self._say = say
        self._settings: dict[str, str] = {}
        self._stopping = stopping
        self._secret = secrets.token_hex(32)
        self._simulators = Children(folder, stopping)

    @property
    def url(self) -> str:
        """Where the balancer listens."""
        return f"http://127.0.0.1:{self.balancer.port}"

    @property
    def parts(self) -> Parts:
        """The parts of somebody who is no instance, with a way to the cache of their own."""
        if self._parts is None:
            self._parts = build_parts(Config.from_environment(self.environment(OUTSIDE)))
        return self._parts

    def start(self, *, port: int = 0, days: int = 2) -> None:
        """Start all, with a seeded plant; returns early where it is told to stop meanwhile."""
        self.prepare(port=port, days=days)
        self.start_instances()

    def prepare(self, *, port: int = 0, days: int = 2) -> None:
        """Start all but the instances: engines, a seeded plant, a balancer without targets."""
        self.balancer.port = port
        self._say("PostgreSQL and the cache")
        self.postgres.start()
        self.cache.start()
        self._lay_out(days)
        self.balancer.start()
        self.balancer.watch(self._say)

    def start_instances(self, **settings: str) -> None:
        """Start them, with these settings beside their own, and wait until all are in service."""
        self._settings = settings
        self._say(f"{self._size} instances")
        self.instances = [self._instance(f"i-{number + 1}") for number in range(self._size)]
        for instance in self.instances:
            instance.start()
        for instance in self.instances:
            instance.await_answer(giving_up=self._stopping)
            self.balancer.register(instance.name, instance.port)
        while not all(self.balancer.is_in_service(each.name) for each in self.instances):
            if self._stopping.wait(0.1):
                return

    def simulate(self) -> None:
        """Let simulated machines and people use each plant."""
        for plant in PLANTS:
            command = ["simulate", "--url", self.url, "--token-stdin", "--plant", plant]
            words = procfile.flask(*command, "--rate", str(SIMULATED_RATE), "--with-people")
            self._simulators.start(
                Child(f"simulate-{plant}", words, words=self.token(f"simulator-{plant}", plant)),
                environment=self.environment(OUTSIDE),
            )

    def stop(self) -> None:
        """Stop all there is; safe at any moment, and no failure of one spares another."""
        with ExitStack() as ending:  # from the last of these to the first
            ending.callback(self.postgres.stop)
            ending.callback(self.cache.stop)
            ending.callback(self._hang_up)
            ending.callback(self._stop_instances)
            # Before the instances, or it would say of each that it is ill.
            ending.callback(self.balancer.stop)
            ending.callback(self._simulators.stop_all)

    def stop_instances(self) -> None:
        """Take them out of the balancer, and stop them; others may be started in their place."""
        for instance in self.instances:
            self.balancer.deregister(instance.name)
        self._stop_instances()

    def _stop_instances(self) -> None:
        if self.instances:
            with ThreadPoolExecutor(len(self.instances)) as pool:
                list(pool.map(Instance.stop, self.instances))

    def _hang_up(self) -> None:
        if self._parts is not None:
            self._parts.cache.close()
            self._parts.redis.close()
            self._parts.database.engine.dispose()

    def token(self, name: str, plant: str) -> str:
        """A token for a gateway of this name."""
        with self.parts.database.transaction() as session:
            return issue_token(session, name=name, plant=plant)

    def environment(self, name: str) -> dict[str, str]:
        """What the instance of this name is given."""
        return {
            **os.environ,
            "SECRET_KEY": self._secret,
            "DATABASE_URL": self.postgres.url,
            "CACHE_URL": self.cache.url_for(name),
            # Plain HTTP, so cookies for HTTPS alone would not come back.
            "ANDON_ENVIRONMENT": "development",
            "INSTANCE_ID": name,
            **self._settings,
        }

    def _instance(self, name: str) -> Instance:
        return Instance(name, self.folder / name, self.environment(name), self._say)

    def _lay_out(self, days: int) -> None:
        self._say("the schema, and a plant with a past")
        migrate(self.parts.database.engine)
        procfile.run_flask(
            *("seed", "--days", str(days), "--password-stdin"),
            environment=self.environment(OUTSIDE),
            typed=self.password,
        )
