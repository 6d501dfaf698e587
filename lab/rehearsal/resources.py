"""What stands for the files' resources: engines for ElastiCache and RDS, secrets, the function."""

import secrets
import string
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from lab.deploycheck.synthesis import Deployment
from lab.engines import Postgres, Valkey
from lab.lambda_api import FUNCTION, Function, served
from lab.rehearsal.database import PostgresFront, make_master
from lab.rehearsal.properties import Outcomes, properties
from lab.tls import TlsFront

CACHE = "AWS::ElastiCache::ReplicationGroup"
CACHE_USER = "AWS::ElastiCache::User"
DATABASE = "AWS::RDS::DBInstance"
INGEST = "AWS::Lambda::Function"
SECRET = "AWS::SecretsManager::Secret"  # noqa: S105 # the name of a kind of resource
ENVIRONMENT_NAME = "rehearsal"
# What CloudFormation knows by itself.
GIVEN = {"AWSEBEnvironmentName": {"": ENVIRONMENT_NAME}, "AWS::Region": {"": "eu-central-1"}}
# Stand for those of the instance's role. Tokens are really signed with them, and nobody checks.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing"}
LETTERS_AND_FIGURES = string.ascii_letters + string.digits


class Resources:
    """Starts what the first deployment's files ask for, and keeps it until `stop`.

    A secret is made once by its resource's name, as it is there for as long as the environment.
    """

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self.valkey = Valkey(folder / "valkey")
        self.postgres = Postgres(folder / "postgres")
        self.function = Function()
        self._folder = folder
        self._say = say
        self._fronts: list[TlsFront] = []
        self._lambda = ExitStack()
        self._lambda_url = ""
        self._secrets: dict[str, str] = {}

    def start(self) -> None:
        """Start Valkey and PostgreSQL, each with TLS before it."""
        self._say("Valkey for ElastiCache, and PostgreSQL for RDS, with TLS before both")
        self.valkey.start()
        self._fronts.append(TlsFront(self._folder / "cache-tls", self.valkey.port).start())
        self.postgres.start()
        self._fronts.append(PostgresFront(self._folder / "rds-tls", self.postgres.port).start())
        self._lambda_url = self._lambda.enter_context(served(self.function))

    def stop(self) -> None:
        """Stop all of them; what was not started is passed over."""
        for front in self._fronts:
            front.stop()
        self._fronts.clear()
        self._lambda.close()
        self.valkey.stop()
        self.postgres.stop()

    def properties(self, deployment: Deployment) -> dict[str, str]:
        """Every property that the files set, and whom to trust: the cache's certificate is ours."""
        cache, database = self._fronts
        given = properties(deployment, self._outcomes(deployment, cache.port, database.port))
        make_master(self.postgres, given)
        self._let_in(deployment)
        here = {"SSL_CERT_FILE": str(cache.ca), "AWS_ENDPOINT_URL_LAMBDA": self._lambda_url}
        return given | CREDENTIALS | here

    def _let_in(self, deployment: Deployment) -> None:
        """The cache's users, who may do what the files say, and sign in with any token."""
        with self.valkey.client() as admin:
            for user in deployment.of_type(CACHE_USER).values():
                rules = ("reset", "nopass", *user["AccessString"].split())
                admin.execute_command("ACL", "SETUSER", ENVIRONMENT_NAME, *rules)

    def _outcomes(self, deployment: Deployment, cache: int, database: int) -> Outcomes:
        primary = {"PrimaryEndPoint.Address": "localhost", "PrimaryEndPoint.Port": str(cache)}
        primary |= {"": f"{ENVIRONMENT_NAME}-cache"}
        endpoint = {"Endpoint.Address": "localhost", "Endpoint.Port": str(database)}
        made: dict[str, Mapping[str, str]] = {**GIVEN}
        for kind, outcome in (
            (CACHE, primary),
            (CACHE_USER, {"": ENVIRONMENT_NAME}),
            (DATABASE, endpoint),
            (INGEST, {"Arn": FUNCTION}),
        ):
            made |= dict.fromkeys(deployment.of_type(kind), outcome)
        for name, wanted in deployment.of_type(SECRET).items():
            length = int(wanted["GenerateSecretString"]["PasswordLength"])
            made[name] = {"": self._secrets.setdefault(name, _text(length))}
        return made


def _text(length: int) -> str:
    return "".join(secrets.choice(LETTERS_AND_FIGURES) for _ in range(length))
