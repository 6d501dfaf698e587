"""What the application finds in its environment: all it needs, nothing it does not read.

The application's own settings decide: they are built from what the deployment would give them.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from app.config import Config, ConfigError
from lab.deploycheck.rules.reading import (
    GROUP,
    NODES,
    SERVERLESS,
    Fault,
    attribute_of,
    cache_of,
    is_clustered,
    kind_of,
    references,
    said,
)
from lab.deploycheck.synthesis import SECRETS, Deployment

# Read by others than us: the proxy, Python, PostgreSQL's library.
PLATFORM = {"PORT", "PYTHONPATH", "PGSSLMODE", "PGSSLROOTCERT"}
# What is told in confidence; the console shows any other property to whoever may look at it.
CONFIDENTIAL = {"SECRET_KEY", "SECRET_KEY_FALLBACKS", "DATABASE_URL", "RDS_PASSWORD"}
# Whoever sets the other of two has nothing left to a default.
ALTERNATIVES = {"DATABASE_URL", "RDS_HOSTNAME"}
# Schemes, by what is spoken to; the first part says whether it is TLS.
ONE_SERVER, CLUSTERED = ("valkeys", "rediss"), ("valkeys+cluster", "rediss+cluster")
SECURE = {"valkeys", "rediss", "memcacheds"}
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
    told = {name: said(value, deployment) for name, value in deployment.properties.items()}
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
        if not said(value, deployment).startswith("arn:"):
            yield name, "is no ARN, so it is the secret itself or nothing"


def address(deployment: Deployment) -> Iterator[Fault]:
    """The application is sent to a cluster of ours, to the right door of it, over TLS."""
    for variable in ("CACHE_URL", "QUERY_CACHE_URL"):
        if variable == "QUERY_CACHE_URL" and variable not in deployment.properties:
            continue  # the answers are kept beside all else
        url = urlsplit(said(deployment.properties.get(variable, ""), deployment))
        cache = cache_of(deployment, variable)
        if not cache or (variable == "CACHE_URL" and kind_of(deployment, cache) == NODES):
            yield variable, "does not lead to a cluster of ours"
            continue
        schemes, door = _door(deployment, cache)
        if url.scheme.split("+")[0] not in SECURE:
            yield variable, "does not ask for TLS"
        elif url.scheme not in schemes:
            yield variable, f"speaks {url.scheme} to {cache}, which takes {', '.join(schemes)}"
        wanted = [attribute_of(deployment, cache, f"{door}.{part}") for part in ("Address", "Port")]
        if [url.hostname, str(url.port)] != wanted:
            yield variable, f"does not lead to the {door} of {cache}"


def _door(deployment: Deployment, cache: str) -> tuple[tuple[str, ...], str]:
    """How a cluster is spoken to, and which of its addresses leads to all of it."""
    kind = kind_of(deployment, cache)
    if kind == NODES:
        return ("memcacheds+discovery",), "ConfigurationEndpoint"
    if kind == SERVERLESS:
        return CLUSTERED, "Endpoint"
    if is_clustered(deployment, deployment.of_type(GROUP)[cache]):
        return CLUSTERED, "ConfigurationEndPoint"
    return ONE_SERVER, "PrimaryEndPoint"


def made(deployment: Deployment) -> Iterator[Fault]:
    """Whatever a resource speaks of, one of the files makes."""
    known = deployment.template["Resources"].keys()
    for name, resource in deployment.ours().items():
        for missing in sorted(references(resource) - known):
            if not missing.startswith("AWS::"):
                yield name, f"speaks of {missing}, which none of these files makes"


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


RULES = (starts, unread, confidential, address, made, migrated)
