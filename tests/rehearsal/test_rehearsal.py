"""The parts of a rehearsal that decide: properties, bundles, the record and the verdict."""

import stat
import zipfile
from collections import Counter
from pathlib import Path

import psycopg2
import pytest

from lab.deploycheck.synthesis import synthesise
from lab.engines import Postgres
from lab.rehearsal import packing
from lab.rehearsal.database import PostgresFront
from lab.rehearsal.properties import Unplayed, properties
from lab.rehearsal.record import Record
from lab.rehearsal.verdict import Verdict
from tests.deployment.planting import FILES, ROOT, need_commit

OUTCOMES = {
    "AWS::Region": {"": "eu-central-1"},
    "Cache": {"": "plant", "PrimaryEndPoint.Address": "cache", "PrimaryEndPoint.Port": "6379"},
    "CacheUser": {"": "andon"},
    "Database": {"Endpoint.Address": "db", "Endpoint.Port": "5432"},
    "SecretKey": {"": "key"},
    "DatabasePassword": {"": "word"},
    "IngestFunction": {"Arn": "arn:aws:lambda:eu-central-1:1:function:ingest"},
}


def test_every_property_of_the_files_is_set() -> None:
    deployment = synthesise(FILES)
    given = properties(deployment, OUTCOMES)

    assert given.keys() == deployment.properties.keys() | deployment.secrets.keys()
    assert given["CACHE_URL"] == "valkeys://andon@cache:6379/0"
    assert (given["RDS_HOSTNAME"], given["RDS_PASSWORD"]) == ("db", "word")


def test_a_resource_that_the_rehearsal_has_not_is_named() -> None:
    with pytest.raises(Unplayed, match="no Database Endpoint"):
        properties(
            synthesise(FILES),
            {name: OUTCOMES[name] for name in ("AWS::Region", "Cache", "CacheUser")},
        )


def test_the_next_version_is_another_commit_and_leaves_the_checkout_alone(tmp_path: Path) -> None:
    need_commit()
    before = packing.uncommitted(ROOT)
    first, second = packing.pack(ROOT, tmp_path / "first.zip"), packing.pack_next(ROOT, tmp_path)

    with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as other:
        differ = {
            name for name in one.namelist() if not name.endswith("/")
            if one.read(name) != other.read(name)
        }  # fmt: skip
    assert differ == {packing.TOUCHED}
    assert packing.uncommitted(ROOT) == before


def test_unpacked_files_have_the_rights_they_were_packed_with(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
        member = zipfile.ZipInfo("hook.sh")
        member.external_attr = (stat.S_IFREG | 0o755) << 16
        archive.writestr(member, "#!/bin/sh\n")

    packing.unpack(
        packing.amend(tmp_path / "some.zip", tmp_path / "a.zip", {"b": ""}), tmp_path / "x"
    )

    assert (tmp_path / "x/hook.sh").stat().st_mode & 0o777 == 0o755


def test_one_failed_request_is_a_failed_rehearsal() -> None:
    record, verdict = Record(), Verdict()
    record.answered("page", 200, expected=200)
    record.answered("page", 502, expected=200)
    verdict.hold(not record.failures, "no request failed")

    assert not verdict.is_good
    assert record.first_failures()[0].endswith("page: 502 instead of 200")


@pytest.mark.parametrize(
    ("sent", "stored", "good"),
    [
        ([1, 2], {1: 1, 2: 1}, True),
        ([1, 2], {1: 1}, False),
        ([1, 2], {1: 1, 2: 2}, False),
        # Stored, though the answer was lost on its way.
        ([1], {1: 1, 2: 1}, True),
        ([], {}, False),
    ],
)
def test_a_reading_that_is_lost_or_doubled_is_a_failed_rehearsal(
    sent: list[int],
    stored: dict[int, int],
    good: bool,  # noqa: FBT001 # the example's outcome
) -> None:
    verdict = Verdict()
    verdict.count(sent, Counter(stored))

    assert verdict.is_good is good


def test_nothing_looked_at_is_nothing_proven() -> None:
    assert not Verdict().is_good


def test_the_database_is_reached_by_tls_alone(tmp_path: Path, postgres: Postgres) -> None:
    front = PostgresFront(tmp_path, postgres.port).start()
    url = postgres.url.replace(f":{postgres.port}/", f":{front.port}/")
    connection = psycopg2.connect(url, sslmode="verify-full", sslrootcert=str(front.ca))

    assert connection.info.ssl_in_use
    connection.close()
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(url, sslmode="disable")
    front.stop()
