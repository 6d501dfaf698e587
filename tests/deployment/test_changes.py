"""What an update would replace is told before it does."""

from pathlib import Path

import pytest

from lab.deploycheck.changes import Change, compare
from tests.deployment.planting import FILES, ROOT, chosen, deployed, plant

CACHE = ROOT / ".ebextensions" / "elasticache.config"
ACCESS = ROOT / ".ebextensions" / "elasticache-access.config"
DATABASE = ROOT / ".ebextensions" / "database.config"
SNAPSHOT = "CacheSnapshotName\n          DefaultValue: "
PORTS = "      Port: 6379\n\n"


def changes(folder: Path, file: Path, old: str, new: str) -> dict[str, Change]:
    found = compare(deployed(), deployed(plant(folder, file, old, new)))
    return {change.name: change for change in found}


def test_the_same_files_change_nothing() -> None:
    assert compare(deployed(), deployed()) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "name"),
    [
        (CACHE, "AtRestEncryptionEnabled: true", "AtRestEncryptionEnabled: false", "Cache"),
        (CACHE, PORTS, "      Port: 6380\n\n", "Cache"),
        (CACHE, f'{SNAPSHOT}{{Ref: "AWS::NoValue"}}', f"{SNAPSHOT}last", "Cache"),
        (DATABASE, "MasterUsername: andon", "MasterUsername: owner", "Database"),
        (DATABASE, "StorageEncrypted: true", "StorageEncrypted: false", "Database"),
    ],
)
def test_what_is_chosen_for_life_replaces_and_loses(
    tmp_path: Path, file: Path, old: str, new: str, name: str
) -> None:
    found = changes(tmp_path, file, old, new)

    assert found[name].what == "replaced"
    assert found[name].loses


@pytest.mark.parametrize(
    ("old", "new"),
    [("cache.t4g.small", "cache.m7g.large"), ('EngineVersion: "9.1"', 'EngineVersion: "9.2"')],
)
def test_what_can_be_changed_in_place_loses_nothing(tmp_path: Path, old: str, new: str) -> None:
    found = changes(tmp_path, CACHE, old, new)

    assert found["Cache"].what == "changed"
    assert not any(change.loses for change in found.values())


def test_what_may_replace_counts_as_a_loss(tmp_path: Path) -> None:
    found = changes(
        tmp_path, DATABASE, "Window: sun:02:00-sun:03:00", "Window: sun:02:30-sun:03:00"
    )

    assert found["Database"].what == "may be replaced"
    assert found["Database"].loses


def test_who_is_bound_to_what_is_replaced_is_replaced_too(tmp_path: Path) -> None:
    kind = "  CacheSubnets:\n    Type: AWS::ElastiCache::SubnetGroup\n"
    other = kind.replace("AWS::ElastiCache::SubnetGroup", "AWS::RDS::DBSubnetGroup")

    found = changes(tmp_path, ACCESS, kind, other)

    assert found["CacheSubnets"].what == "replaced"
    assert (found["Cache"].what, found["Cache"].properties) == (
        "replaced",
        ("CacheSubnetGroupName",),
    )
    assert not found["CacheSubnets"].loses


def test_shards_in_the_place_of_one_server_lose_what_it_holds(tmp_path: Path) -> None:
    found = compare(deployed(), deployed(chosen(tmp_path, "elasticache-cluster")))

    assert {change.name: change.what for change in found if change.loses} == {"Cache": "deleted"}


def test_a_file_that_goes_takes_its_cluster_along() -> None:
    found = compare(deployed(), deployed([path for path in FILES if path != CACHE]))

    cache = next(change for change in found if change.name == "Cache")
    assert cache.what == "deleted"
    assert cache.loses
