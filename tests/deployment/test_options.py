"""The files to choose from in deployment/ fit the others, each by itself."""

from pathlib import Path

import pytest

from lab.deploycheck.costs import monthly
from lab.deploycheck.strict import DefinedTwice
from tests.deployment.planting import (
    FILES,
    OPTIONS,
    breaks,
    chosen,
    complaints,
    deployed,
)


@pytest.mark.parametrize("name", sorted(path.stem for path in OPTIONS.glob("*.config")))
def test_an_option_breaks_no_rule(tmp_path: Path, name: str) -> None:
    assert complaints(chosen(tmp_path, name)) == set()


@pytest.mark.parametrize("name", ["query-cache-memcached", "query-cache-valkey"])
def test_with_a_query_cache_of_its_own_the_store_loses_nothing(tmp_path: Path, name: str) -> None:
    groups = deployed(chosen(tmp_path, name)).of_type("AWS::ElastiCache::ParameterGroup")

    assert groups["CacheParameters"]["Properties"] == {"maxmemory-policy": "noeviction"}


@pytest.mark.parametrize("name", ["elasticache-cluster", "elasticache-serverless"])
def test_what_takes_anothers_place_is_refused_beside_it(name: str) -> None:
    with pytest.raises(DefinedTwice, match=r"Resources ConnectToCache stands at .* already"):
        deployed([*FILES, OPTIONS / f"{name}.config"])


def test_two_query_caches_are_refused() -> None:
    both = [OPTIONS / f"query-cache-{engine}.config" for engine in ("valkey", "memcached")]

    with pytest.raises(DefinedTwice, match=r"QueryCache stands at query-cache-memcached.config"):
        deployed([*FILES, *both])


@pytest.mark.parametrize("name", ["elasticache-cluster", "elasticache-serverless"])
def test_alarms_for_one_server_are_refused_where_there_is_none(tmp_path: Path, name: str) -> None:
    files = [*chosen(tmp_path, name), OPTIONS / "alarms.config"]

    assert breaks("made", files)


@pytest.mark.parametrize("cache", ["elasticache-cluster", "elasticache-serverless"])
@pytest.mark.parametrize("answers", ["query-cache-memcached", "query-cache-valkey"])
def test_any_cache_goes_with_any_query_cache(tmp_path: Path, cache: str, answers: str) -> None:
    files = [*chosen(tmp_path, cache), OPTIONS / f"{answers}.config"]

    assert complaints(files) == set()


@pytest.mark.parametrize(
    ("name", "row", "price"),
    [
        ("elasticache-cluster", "ShardedCache: 4 x cache.t4g.small", 74.75),
        ("elasticache-serverless", "ServerlessCache: 0.1 GB at least, 5 at most", 6.13),
        ("alarms", "3 alarms", 0.30),
    ],
)
def test_what_an_option_costs_is_told(tmp_path: Path, name: str, row: str, price: float) -> None:
    rows = dict(monthly(deployed(chosen(tmp_path, name))))

    found = next(what for what in rows if what.startswith(row))
    assert rows[found] == pytest.approx(price, abs=0.01)


def test_https_without_a_certificate_is_caught() -> None:
    assert complaints([*FILES, OPTIONS / "https.config"]) >= {"certificate"}


MEMCACHED, VALKEY = "query-cache-memcached", "query-cache-valkey"
LOCK = '        - {"Fn::GetAtt": [QueryCacheSecurityGroup, GroupId]}\n'
SHARDS, SERVERLESS = "elasticache-cluster", "elasticache-serverless"
DATABASE = "database-iam"
OWN = "{Ref: AWSEBEnvironmentName}"
NAMED = f"ServerlessCacheName: {OWN}"
USERS = "      UserGroupIds:\n        - {Ref: CacheUsers}\n"
RESHARDING = "    UpdatePolicy:\n      UseOnlineResharding: true\n"
NODES = "      Port: 6379\n      NumCacheClusters: 2\n"
PRIMARY = '"PrimaryEndPoint.Address"'
SUBNET_A = "OptionName: CacheSubnetA"
SERVERLESS_LOCK = '        - {"Fn::GetAtt": [CacheSecurityGroup, GroupId]}\n'
ON_SERVERLESS = '              - {"Fn::GetAtt": [ServerlessCache, ARN]}\n'
IAM = "    QUERY_CACHE_IAM: replicationgroup:andon\n    QUERY_CACHE_URL:"
PASSWORD = """
  aws:elasticbeanstalk:application:environmentsecrets:
    RDS_PASSWORD: '`{"Ref": "DatabasePassword"}`'
"""
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
        "memcacheds+discovery://",
        "memcacheds://",
        "address",
    ),
    (
        "Memcached's address in clear",
        MEMCACHED,
        "memcacheds+discovery://",
        "memcached+discovery://",
        "address",
    ),
    ("a scheme nobody reads", MEMCACHED, "memcacheds+discovery://", "memcache://", "starts"),
    ("Memcached in clear", MEMCACHED, "EncryptionEnabled: true", "EncryptionEnabled: false", "tls"),
    ("Memcached before TLS", MEMCACHED, 'EngineVersion: "1.6.22"', 'EngineVersion: "1.6.6"', "tls"),
    ("Memcached on a node without TLS", MEMCACHED, "cache.t4g.small", "cache.t2.small", "tls"),
    ("tokens for Memcached", MEMCACHED, "    QUERY_CACHE_URL:", IAM, "token"),
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
    ("a second cluster without users", VALKEY, USERS, "", "locked"),
    ("a policy on the first cluster alone", VALKEY, "{Ref: QueryCache}", "{Ref: Cache}", "allowed"),
    ("tokens for the first cluster", VALKEY, '{"Ref": "QueryCache"}', '{"Ref": "Cache"}', "token"),
    # Shards.
    ("shards without cluster-enabled", SHARDS, '"yes"', '"no"', "sharded"),
    ("cluster-enabled left out", SHARDS, '        cluster-enabled: "yes"\n', "", "sharded"),
    ("shards that are replaced to be more", SHARDS, RESHARDING, "", "sharded"),
    ("nodes counted in a cluster", SHARDS, "      Port: 6379\n", NODES, "sharded"),
    ("shards without replicas", SHARDS, 'DefaultValue: "1"', 'DefaultValue: "0"', "failover"),
    ("one server's scheme for a cluster", SHARDS, "valkeys+cluster://", "valkeys://", "address"),
    ("a cluster in clear", SHARDS, "valkeys+cluster://", "valkey+cluster://", "address"),
    ("a cluster's primary", SHARDS, '"ConfigurationEndPoint.Address"', PRIMARY, "address"),
    # Serverless.
    ("no limits", SERVERLESS, "CacheUsageLimits:", "CacheUsageLimit:", "limits"),
    ("no limit of commands", SERVERLESS, "        ECPUPerSecond:", "        Others:", "limits"),
    (
        "Serverless without users",
        SERVERLESS,
        "      UserGroupId: {Ref: CacheUsers}\n",
        "",
        "locked",
    ),
    ("Serverless by a fixed name", SERVERLESS, NAMED, NAMED.replace(OWN, "andon"), "unnamed"),
    ("Serverless without backups", SERVERLESS, 'DefaultValue: "7"', 'DefaultValue: "0"', "kept"),
    (
        "Serverless without a last state",
        SERVERLESS,
        f"      FinalSnapshotName: {OWN}\n",
        "",
        "kept",
    ),
    (
        "a policy that Serverless cannot have",
        SERVERLESS,
        "    DeletionPolicy: Delete",
        "    DeletionPolicy: Snapshot",
        "E3035",
    ),
    ("Serverless in one subnet", SERVERLESS, "OptionName: CacheSubnetB", SUBNET_A, "placed"),
    ("Serverless behind no group", SERVERLESS, SERVERLESS_LOCK, "        []\n", "attached"),
    ("Serverless as one server", SERVERLESS, "valkeys+cluster://", "valkeys://", "address"),
    ("Serverless by its wrong name", SERVERLESS, '"Endpoint.Port"', '"EndPoint.Port"', "E6101"),
    (
        "tokens for a group of nodes",
        SERVERLESS,
        '"serverlesscache:"',
        '"replicationgroup:"',
        "token",
    ),
    ("a policy without Serverless", SERVERLESS, ON_SERVERLESS, "", "allowed"),
    # PostgreSQL by tokens.
    (
        "tokens for the owner",
        DATABASE,
        "RDS_USERNAME: andon_app",
        "RDS_USERNAME: andon",
        "by_token",
    ),
    ("a policy on another user", DATABASE, '"/andon_app"]]}', '"/andon"]]}', "by_token"),
    ("a policy on every user", DATABASE, '"/andon_app"]]}', '"/*"]]}', "exact"),
    ("whoever has the name", DATABASE, "PGSSLMODE: verify-full", "PGSSLMODE: require", "by_token"),
    ("no authority", DATABASE, "PGSSLROOTCERT: /etc/pki", "PGSSLROOTCERT: /etc/pkl", "by_token"),
    ("a password beside tokens", DATABASE, "\nfiles:", f"{PASSWORD}\nfiles:", "by_token"),
]


@pytest.mark.parametrize(
    ("name", "old", "new", "rule"), [row[1:] for row in DEFECTS], ids=[row[0] for row in DEFECTS]
)
def test_a_fault_planted_in_an_option_is_caught(
    tmp_path: Path, name: str, old: str, new: str, rule: str
) -> None:
    assert breaks(rule, chosen(tmp_path, name, old, new))
