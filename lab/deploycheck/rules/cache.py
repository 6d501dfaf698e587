"""The cluster: encrypted, replicated, backed up, and evicting only what may go."""

from collections.abc import Iterator

from lab.deploycheck.rules.reading import (
    DATABASE,
    GROUP,
    NODES,
    Fault,
    policies,
    referred,
)
from lab.deploycheck.strict import Tree
from lab.deploycheck.synthesis import Deployment

FEWEST_NODES = 2
# Which eviction a cluster may have. Sessions, streams and boards beside cached answers: the answers
# go first. Those alone: nothing goes. Answers alone: what was not asked for.
SHARED, STORE, ANSWERS_ALONE = {"volatile-ttl"}, {"noeviction"}, {"volatile-ttl", "volatile-lru"}


def tls(deployment: Deployment) -> Iterator[Fault]:
    for kind in (GROUP, NODES):
        for name, cluster in deployment.of_type(kind).items():
            # Our client of Memcached has no TLS; only cached answers are kept there.
            if cluster.get("Engine") == "memcached":
                continue
            if cluster.get("TransitEncryptionEnabled") is not True:
                yield name, "talks in clear"
            if cluster.get("TransitEncryptionMode", "required") != "required":
                yield name, "lets clients talk in clear"


def at_rest(deployment: Deployment) -> Iterator[Fault]:
    for name, group in deployment.of_type(GROUP).items():
        if group.get("AtRestEncryptionEnabled") is not True:
            yield name, "writes its snapshots in clear"
    for name, database in deployment.of_type(DATABASE).items():
        if database.get("StorageEncrypted") is not True:
            yield name, "writes its tables in clear"


def failover(deployment: Deployment) -> Iterator[Fault]:
    for name, group in deployment.of_type(GROUP).items():
        if group.get("AutomaticFailoverEnabled") is not True:
            yield name, "does not fail over"
        if int(group.get("NumCacheClusters", 1)) < FEWEST_NODES:
            yield name, "has nothing to fail over to"


def multi_az(deployment: Deployment) -> Iterator[Fault]:
    for name, group in deployment.of_type(GROUP).items():
        if group.get("MultiAZEnabled") is not True:
            yield name, "may stand in one zone"
        elif group.get("AutomaticFailoverEnabled") is not True:
            yield name, "asks for several zones without failover, which the service refuses"


def parameters(deployment: Deployment) -> Iterator[Fault]:
    """The family follows the engine, and eviction spares what carries no time to live."""
    families = deployment.of_type("AWS::ElastiCache::ParameterGroup")
    for name, group in deployment.of_type(GROUP).items():
        found = families.get(referred(group.get("CacheParameterGroupName")))
        if not found:
            yield name, "takes the service's own parameters"
            continue
        family = f"{group['Engine']}{str(group['EngineVersion']).split('.')[0]}"
        if found["CacheParameterGroupFamily"] != family:
            yield name, f"needs parameters of {family}"
        if found["Properties"].get("maxmemory-policy") not in _policies(deployment, name):
            yield name, "may evict what must stay"


def _policies(deployment: Deployment, name: str) -> set[str]:
    """Which eviction the cluster may have, by what is kept there."""
    if referred_by_url(deployment, "CACHE_URL") != name:
        return ANSWERS_ALONE
    return SHARED | STORE if "QUERY_CACHE_URL" in deployment.properties else SHARED


def referred_by_url(deployment: Deployment, variable: str) -> str:
    """The cluster whose address the variable takes, or nothing."""
    url = deployment.properties.get(variable)
    parts = url["Fn::Join"][1] if isinstance(url, dict) and "Fn::Join" in url else []
    return next((name for part in parts if (name := referred(part))), "")


def kept(deployment: Deployment) -> Iterator[Fault]:
    """Of what is nowhere else, backups exist, and the last state outlives what holds it."""
    for name, group in deployment.of_type(GROUP).items():
        if referred_by_url(deployment, "QUERY_CACHE_URL") == name:
            continue
        if int(group.get("SnapshotRetentionLimit", 0)) < 1:
            yield name, "is not backed up"
        if policies(deployment, name) != ("Snapshot", "Snapshot"):
            yield name, "leaves no snapshot when it is deleted or replaced"


def no_secrets(deployment: Deployment) -> Iterator[Fault]:
    for name, group in deployment.of_type(GROUP).items():
        if "AuthToken" in group:
            yield name, "has its password in a file"


RULES = (tls, at_rest, failover, multi_az, parameters, kept, no_secrets)


def with_single_nodes(deployment: Deployment) -> Tree:
    """The template, and in it a single node for each replication group, of the same kind.

    cfn-lint knows which versions and node types there are, but asks only where one node stands.
    """
    copied = ("Engine", "EngineVersion", "CacheNodeType")
    nodes = {
        f"{name}AsOneNode": {
            "Type": NODES,
            "DeletionPolicy": "Delete",
            "UpdateReplacePolicy": "Delete",
            "Properties": {"NumCacheNodes": 1} | {key: group.get(key) for key in copied},
        }
        for name, group in deployment.of_type(GROUP).items()
    }
    return deployment.template | {"Resources": deployment.template["Resources"] | nodes}
