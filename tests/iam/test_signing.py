"""Tokens byte for byte as AWS's own code makes them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import botocore.auth
import pytest
from botocore.awsrequest import prepare_request_dict
from botocore.credentials import RefreshableCredentials
from botocore.hooks import HierarchicalEmitter
from botocore.model import ServiceId
from botocore.session import Session
from botocore.signers import RequestSigner, generate_db_auth_token

from app.iam import Signer, Unsigned

REGION = "eu-central-1"
NOW = datetime(2026, 11, 25, 12, 0, 0)  # noqa: DTZ001 (botocore's own moments are without a zone)
KEY, SECRET, SESSION = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "FwoG/ZXIvYXdz+=="

Credentials = Callable[..., None]


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> Credentials:
    """Sets what botocore finds, as a function of Lambda has it; with or without a session."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")

    def found(*, session: str | None = SESSION) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        if session is not None:
            monkeypatch.setenv("AWS_SESSION_TOKEN", session)

    return found


@pytest.fixture(autouse=True)
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both signers, ours and botocore's, take the time from one place."""
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: NOW)


class Client:
    """As much of an RDS client as botocore's own function of it asks for."""

    def __init__(self, signing_name: str) -> None:
        self._emitter = HierarchicalEmitter()  # which the signer does not hold on to
        self._request_signer = RequestSigner(
            ServiceId(signing_name),
            REGION,
            signing_name,
            "v4",
            Session().get_credentials(),
            self._emitter,
        )

    def cache_token(self, cache: str, query: dict[str, str]) -> str:
        """As AWS's page on IAM authentication tells to make it."""
        request: dict[str, Any] = {
            "url_path": "/",
            "query_string": "",
            "headers": {},
            "body": query,
            "method": "GET",
        }
        prepare_request_dict(request, f"https://{cache}")
        url = self._request_signer.generate_presigned_url(
            operation_name="connect",
            request_dict=request,
            region_name=REGION,
            expires_in=900,
            signing_name="elasticache",
        )
        return str(url).removeprefix("https://")


@pytest.mark.parametrize("session", [SESSION, None])
def test_a_token_of_a_replication_group_is_the_one_that_botocore_makes(
    credentials: Credentials, session: str | None
) -> None:
    credentials(session=session)
    query = {"Action": "connect", "User": "andon-app"}

    ours = Signer(REGION).cache_token(user="andon-app", cache="Plant-Cache", is_serverless=False)

    assert ours == Client("elasticache").cache_token("plant-cache", query)
    assert ours.startswith("plant-cache/?Action=connect&User=andon-app&X-Amz-Algorithm=")
    assert ("X-Amz-Security-Token" in ours) is (session is not None)


def test_a_token_of_a_serverless_cache_says_so(credentials: Credentials) -> None:
    credentials()
    query = {"Action": "connect", "User": "andon", "ResourceType": "ServerlessCache"}

    ours = Signer(REGION).cache_token(user="andon", cache="plant", is_serverless=True)

    assert ours == Client("elasticache").cache_token("plant", query)
    assert parse_qs(urlsplit(ours).query)["ResourceType"] == ["ServerlessCache"]


@pytest.mark.parametrize("user", ["andon", "o'neil & sons@plant"])
def test_a_token_of_a_database_is_the_one_that_botocore_makes(
    credentials: Credentials, user: str
) -> None:
    credentials()
    host = "andon.d4e5f6.eu-central-1.rds.amazonaws.com"

    ours = Signer(REGION).database_token(user=user, host=host, port=5432)

    assert ours == generate_db_auth_token(Client("rds-db"), host, 5432, user, REGION)
    assert ours.startswith(f"{host}:5432/?Action=connect&DBUser=")


def test_a_token_lives_for_fifteen_minutes_from_now(credentials: Credentials) -> None:
    credentials()

    said = parse_qs(
        urlsplit(Signer(REGION).cache_token(user="a", cache="b", is_serverless=False)).query
    )

    assert (said["X-Amz-Date"], said["X-Amz-Expires"]) == (["20261125T120000Z"], ["900"])


def test_each_token_is_signed_with_the_credentials_of_its_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keys = iter(("AKID-FIRST", "AKID-SECOND", "AKID-THIRD"))

    def fetch() -> dict[str, str]:
        # For less than botocore wants them to last, so each look is a fetch.
        lapses = datetime.now(UTC) + timedelta(minutes=1)
        return {
            "access_key": next(keys),
            "secret_key": SECRET,
            "token": SESSION,
            "expiry_time": lapses.isoformat(),
        }

    renewing = RefreshableCredentials.create_from_metadata(fetch(), fetch, "a role")
    monkeypatch.setattr(Session, "get_credentials", lambda _: renewing)

    signer = Signer(REGION)
    one, other = (signer.database_token(user="andon", host="db", port=5432) for _ in range(2))

    assert "AKID-SECOND" in one
    assert "AKID-THIRD" in other


@pytest.mark.usefixtures("credentials")
def test_without_credentials_nothing_is_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)

    with pytest.raises(Unsigned, match="no credentials of AWS were found"):
        Signer(REGION).database_token(user="andon", host="db", port=5432)


def test_credentials_that_appear_later_are_found(credentials: Credentials) -> None:
    signer = Signer(REGION)
    with pytest.raises(Unsigned):
        signer.database_token(user="andon", host="db", port=5432)
    credentials()

    assert KEY in signer.database_token(user="andon", host="db", port=5432)
