"""What the application finds in its environment: all it needs, nothing it does not read.

The application's own settings decide: they are built from what the deployment would give them.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from app.config import Config, ConfigError
from lab.deploycheck.rules.cache import referred_by_url
from lab.deploycheck.rules.reading import ANSWERS, GROUP, NODES, Fault, said
from lab.deploycheck.synthesis import SECRETS, Deployment

# Elastic Beanstalk's own, and nobody's of ours: the proxy's port, Python's path.
PLATFORM = {"PORT", "PYTHONPATH"}
# What is told in confidence; the console shows any other property to whoever may look at it.
CONFIDENTIAL = {"SECRET_KEY", "SECRET_KEY_FALLBACKS", "DATABASE_URL", "RDS_PASSWORD"}
# Whoever sets the other of two has nothing left to a default.
ALTERNATIVES = {"DATABASE_URL", "RDS_HOSTNAME"}
# As long as the secrets that the files have made.
SECRET = "s" * 64


class Given(Mapping[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def given(deployment: Deployment) -> Given:
    """The environment that the application's processes would be started in."""
    told = {name: said(value) for name, value in deployment.properties.items()}
    return Given(told | dict.fromkeys(deployment.secrets, SECRET))


def starts(deployment: Deployment) -> Iterator[Fault]:
    """Every property that the application needs is set, and to what it understands."""
    try:
        Config.from_environment(given(deployment))
    except ConfigError as error:
        for complaint in str(error).split("; "):
            name, _, rest = complaint.partition(" ")
            yield name, rest


def unread(deployment: Deployment) -> Iterator[Fault]:
    """Every property that is set is read."""
    environment = given(deployment)
    # `starts` speaks of the refusal; what was asked for is known all the same.
    with suppress(ConfigError):
        Config.from_environment(environment)
    for name in sorted(set(environment) - environment.asked - PLATFORM):
        yield name, "is set, and nobody reads it"


def confidential(deployment: Deployment) -> Iterator[Fault]:
    """What is secret comes from Secrets Manager, by an ARN."""
    for name in sorted(CONFIDENTIAL & deployment.properties.keys()):
        yield name, f"stands where the console shows it; it belongs in {SECRETS}"
    for name, value in deployment.secrets.items():
        if not said(value).startswith("arn:"):
            yield name, "is no ARN, so it is the secret itself or nothing"


def address(deployment: Deployment) -> Iterator[Fault]:
    """The application is sent to a cluster of ours, at its port; to Valkey over TLS."""
    for name in ("CACHE_URL", "QUERY_CACHE_URL"):
        if name == "QUERY_CACHE_URL" and name not in deployment.properties:
            continue  # the answers are kept beside all else
        url = urlsplit(said(deployment.properties.get(name, "")))
        kind, endpoint = GROUP, "PrimaryEndPoint"
        if name == "QUERY_CACHE_URL" and url.scheme == "memcached+discovery":
            kind, endpoint = NODES, "ConfigurationEndpoint"
        elif url.scheme not in ("valkeys", "rediss"):
            yield name, "does not ask for TLS"
        wanted = (ANSWERS[f"{endpoint}.Address"], ANSWERS[f"{endpoint}.Port"])
        if (url.hostname, str(url.port)) != wanted:
            yield name, f"does not lead to a {endpoint}"
        elif referred_by_url(deployment, name) not in deployment.of_type(kind):
            yield name, "does not lead to a cluster of ours"


def migrated(deployment: Deployment) -> Iterator[Fault]:
    """The schema is brought up to date by one instance, with the application's own Python."""
    found = {
        name: command
        for name, command in deployment.commands.items()
        if "migrate" in str(command.get("command"))
    }
    if not found:
        yield "container_commands", "leave the schema as it was"
    for name, command in found.items():
        if command.get("leader_only") is not True:
            yield name, "runs on every instance at once"
        if "/var/app/venv/" not in command["command"]:
            yield name, "runs without the application's own packages"
        if "test" in command:
            yield name, "has a test, which leader_only does not go with"


def left_out(deployment: Deployment) -> list[str]:
    """The properties that the application would read and that stay at its defaults."""
    environment = given(deployment)
    Config.from_environment(environment)
    return sorted(environment.asked - set(environment) - ALTERNATIVES)


RULES = (starts, unread, confidential, address, migrated)
