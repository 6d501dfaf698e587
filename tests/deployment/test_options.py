"""The files to choose from in deployment/ fit the others, each by itself."""

from pathlib import Path

import pytest

from tests.deployment.planting import FILES, ROOT, breaks, complaints, deployed

OPTIONS = ROOT / "deployment"
UNSET = "set-the-ARN-of-your-certificate"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"


def chosen(folder: Path, name: str, old: str = "", new: str = "") -> list[Path]:
    """The real files and one of the options, its certificate filled in, and perhaps a fault."""
    text = (OPTIONS / f"{name}.config").read_text(encoding="utf-8").replace(UNSET, CERTIFICATE)
    if old:
        assert text.count(old) == 1
        text = text.replace(old, new)
    copy = folder / f"{name}.config"
    copy.write_text(text, encoding="utf-8")
    return [*FILES, copy]


@pytest.mark.parametrize("name", sorted(path.stem for path in OPTIONS.glob("*.config")))
def test_an_option_breaks_no_rule(tmp_path: Path, name: str) -> None:
    assert complaints(chosen(tmp_path, name)) == set()


@pytest.mark.parametrize("name", ["query-cache-memcached", "query-cache-valkey"])
def test_with_a_query_cache_of_its_own_the_store_loses_nothing(tmp_path: Path, name: str) -> None:
    groups = deployed(chosen(tmp_path, name)).of_type("AWS::ElastiCache::ParameterGroup")

    assert groups["CacheParameters"]["Properties"] == {"maxmemory-policy": "noeviction"}


def test_https_without_a_certificate_is_caught() -> None:
    assert complaints([*FILES, OPTIONS / "https.config"]) >= {"certificate"}


MEMCACHED, VALKEY = "query-cache-memcached", "query-cache-valkey"
LOCK = '        - {"Fn::GetAtt": [QueryCacheSecurityGroup, GroupId]}\n'
MODERN, OLD = "ELBSecurityPolicy-TLS13-1-2-2021-06", "ELBSecurityPolicy-2016-08"
ENDPOINT = '"ConfigurationEndpoint.Address"'
DEFECTS = [
    ("TLS of old", "https", MODERN, OLD, "certificate"),
    ("Memcached behind another port", MEMCACHED, "FromPort: 11211", "FromPort: 6379", "ingress"),
    ("Memcached behind no group", MEMCACHED, LOCK, "        []\n", "attached"),
    ("a wrong-case endpoint", MEMCACHED, ENDPOINT, '"ConfigurationEndPoint.Address"', "E6101"),
    (
        "Memcached's address by another scheme",
        MEMCACHED,
        "memcached+discovery://",
        "memcached://",
        "address",
    ),
    ("a scheme nobody reads", MEMCACHED, "memcached+discovery://", "memcache://", "starts"),
    (
        "a fixed cluster name",
        MEMCACHED,
        "      AZMode: cross-az\n",
        "      AZMode: cross-az\n      ClusterName: andon\n",
        "unnamed",
    ),
    ("a node type of old", MEMCACHED, "cache.t4g.small", "cache.m1.small", "E3647"),
    ("answers in clear", VALKEY, '"valkeys://"', '"valkey://"', "address"),
    ("registrations may go", VALKEY, "policy: volatile-lru", "policy: allkeys-lru", "parameters"),
    ("a cluster said in the URL", VALKEY, '"/0"', '"/0?cluster=true"', "property_limits"),
]


@pytest.mark.parametrize(
    ("name", "old", "new", "rule"), [row[1:] for row in DEFECTS], ids=[row[0] for row in DEFECTS]
)
def test_a_fault_planted_in_an_option_is_caught(
    tmp_path: Path, name: str, old: str, new: str, rule: str
) -> None:
    assert breaks(rule, chosen(tmp_path, name, old, new))
