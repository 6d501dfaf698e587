"""Tokens that AWS takes in place of a password: requests that are signed, and never sent.

Signing asks nobody. Only the credentials to sign with may have to be fetched, by botocore, wherever
it finds them: the environment of a function, the role of an instance.
"""

from typing import Any

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.session import Session

# The longest that AWS takes; what it opened stays open for longer.
TOKEN_SECONDS = 900
# Without a scheme the host would be taken for a path. It is cut off again.
_SCHEME = "https://"


class Unsigned(Exception):
    """There are no credentials to sign with just now."""


class Signer:
    """Signs for one region, with credentials that are renewed before they lapse; thread-safe."""

    def __init__(self, region: str) -> None:
        self._region = region
        # They renew themselves, so they are looked for once.
        self._credentials: Any = None

    def cache_token(self, *, user: str, cache: str, is_serverless: bool) -> str:
        """A password for that user of an ElastiCache cache; raises `Unsigned`."""
        query = {"Action": "connect", "User": user}
        if is_serverless:
            query["ResourceType"] = "ServerlessCache"
        # ElastiCache keeps the names of caches in lower case, and checks against those.
        return self._sign("elasticache", cache.lower(), query)

    def database_token(self, *, user: str, host: str, port: int) -> str:
        """A password for that user of an RDS database; raises `Unsigned`."""
        return self._sign("rds-db", f"{host}:{port}", {"Action": "connect", "DBUser": user})

    def _sign(self, service: str, host: str, query: dict[str, str]) -> str:
        request = AWSRequest(method="GET", url=f"{_SCHEME}{host}/", data=query)
        auth = SigV4QueryAuth(self._frozen(), service, self._region, expires=TOKEN_SECONDS)
        auth.add_auth(request)
        return str(request.prepare().url).removeprefix(_SCHEME)

    def _frozen(self) -> Any:  # noqa: ANN401 (botocore has no types)
        """The credentials of this moment: key, secret and session token that belong together."""
        try:
            if self._credentials is None:
                self._credentials = Session().get_credentials()
            if self._credentials is not None:
                return self._credentials.get_frozen_credentials()
        # The latter where what was fetched has lapsed already.
        except (BotoCoreError, RuntimeError) as fault:
            raise Unsigned(f"no credentials of AWS: {fault}") from fault
        raise Unsigned("no credentials of AWS were found")
