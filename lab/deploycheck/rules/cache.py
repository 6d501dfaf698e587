"""The cluster: encrypted, replicated, backed up, and evicting only what may go."""

from collections.abc import Iterator

from lab.deploycheck.rules.reading import (
    DATABASE,
    GROUP,
    NODES,
    PARAMETERS,
    SERVERLESS,
    Fault,
    cache_of,
    is_clustered,
    nodes_a_shard,
    policies,
    referred,
    shards,
)
from lab.deploycheck.strict import Tree
from lab.deploycheck.synthesis import Deployment

FEWEST_NODES = 2
MEMCACHED_TLS_FROM = (1, 6, 12)
MEMCACHED_TLS = ".".join(map(str, MEMCACHED_TLS_FROM))
NODES_WITHOUT_TLS = {"t1", "t2", "m1", "m2", "m3", "r3", "c1"}
# The parameters that we set; a name that the family does not have fails the stack.
KNOWN_PARAMETERS = {"maxmemory-policy", "cluster-enabled"}
# Made by AWS's own example, so that instances could ask who the nodes are.
KEYS = ("AWS::IAM::User", "AWS::IAM::AccessKey")
DURABILITY = {"default", "async", "sync", "disabled"}
# Which eviction a cluster may have. Sessions, streams and boards beside cached answers: the answers
# go first. Those alone: nothing goes. Answers alone: what was not asked for.
SHARED, STORE, ANSWERS_ALONE = {"volatile-ttl"}, {"noeviction"}, {"volatile-ttl", "volatile-lru"}


def tls(deployment: Deployment) -> Iterator[Fault]:
    for kind in (GROUP, NODES):
        for name, cluster in deployment.of_type(kind).items():
            if cluster.get("TransitEncryptionEnabled") is not True:
                yield name, "talks in clear"
            if cluster.get("TransitEncryptionMode", "required") != "required":
                yield name, "lets clients talk in clear"
            if cluster.get("Engine") == "memcached" and not _has_tls(cluster):
                yield name, f"cannot have TLS: that is from {MEMCACHED_TLS} on, on newer nodes"


def _has_tls(memcached: Tree) -> bool:
    version = tuple(int(part) for part in str(memcached.get("EngineVersion", "0")).split("."))
    node = str(memcached["CacheNodeType"]).removeprefix("cache.").partition(".")[0]
    return version >= MEMCACHED_TLS_FROM and node not in NODES_WITHOUT_TLS


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
        if nodes_a_shard(group) < FEWEST_NODES:
            yield name, "has nothing to fail over to"


def multi_az(deployment: Deployment) -> Iterator[Fault]:
    for name, group in deployment.of_type(GROUP).items():
        if group.get("MultiAZEnabled") is not True:
            yield name, "may stand in one zone"
        elif group.get("AutomaticFailoverEnabled") is not True:
            yield name, "asks for several zones without failover, which the service refuses"


def parameters(deployment: Deployment) -> Iterator[Fault]:
    """The family follows the engine, and eviction spares what carries no time to live."""
    families = deployment.of_type(PARAMETERS)
    for name, group in deployment.of_type(GROUP).items():
        found = families.get(referred(group.get("CacheParameterGroupName")))
        if not found:
            yield name, "takes the service's own parameters"
            continue
        family = f"{group['Engine']}{str(group['EngineVersion']).split('.')[0]}"
        if found["CacheParameterGroupFamily"] != family:
            yield name, f"needs parameters of {family}"
        for parameter in sorted(found["Properties"].keys() - KNOWN_PARAMETERS):
            yield name, f"has a parameter that we do not know: {parameter}"
        if found["Properties"].get("maxmemory-policy") not in _policies(deployment, name):
            yield name, "may evict what must stay"


def _policies(deployment: Deployment, name: str) -> set[str]:
    """Which eviction the cluster may have, by what is kept there."""
    if cache_of(deployment, "CACHE_URL") != name:
        return ANSWERS_ALONE
    return SHARED | STORE if "QUERY_CACHE_URL" in deployment.properties else SHARED


def kept(deployment: Deployment) -> Iterator[Fault]:
    """Of what is nowhere else, backups exist, and the last state outlives what holds it."""
    answers = cache_of(deployment, "QUERY_CACHE_URL")
    for kind in (GROUP, SERVERLESS):
        for name, cache in deployment.of_type(kind).items():
            if name == answers:
                continue
            if int(cache.get("SnapshotRetentionLimit", 0)) < 1:
                yield name, "is not backed up"
            last = policies(deployment, name) == ("Snapshot", "Snapshot")
            if not last and "FinalSnapshotName" not in cache:
                yield name, "leaves no snapshot when it is deleted or replaced"


def sharded(deployment: Deployment) -> Iterator[Fault]:
    """Shards ask for parameters with cluster-enabled, and their number may change in use."""
    for name, group in deployment.of_type(GROUP).items():
        if not is_clustered(deployment, group):
            if shards(group) > 1:
                yield name, "has shards, but parameters without cluster-enabled: yes"
            continue
        resource = deployment.template["Resources"][name]
        if resource.get("UpdatePolicy", {}).get("UseOnlineResharding") is not True:
            yield name, "would be replaced to change the number of its shards"
        if "NumCacheClusters" in group:
            yield name, "counts nodes, where a cluster counts shards and replicas"


def limits(deployment: Deployment) -> Iterator[Fault]:
    """What is paid by use has an end."""
    for name, cache in deployment.of_type(SERVERLESS).items():
        found = cache.get("CacheUsageLimits", {})
        if any(not found.get(what, {}).get("Maximum") for what in ("DataStorage", "ECPUPerSecond")):
            yield name, "may cost whatever it likes"


def durable(deployment: Deployment) -> Iterator[Fault]:
    for name, group in deployment.of_type(GROUP).items():
        chosen = group.get("Durability")
        if isinstance(chosen, str) and chosen not in DURABILITY:
            yield name, f"has a durability that is none of {', '.join(sorted(DURABILITY))}"


def no_secrets(deployment: Deployment) -> Iterator[Fault]:
    for name, group in deployment.of_type(GROUP).items():
        if "AuthToken" in group:
            yield name, "has its password in a file"
    for kind in KEYS:
        for name in deployment.of_type(kind):
            yield name, "makes keys that never end, and an instance has its role"


RULES = (
    *(tls, at_rest, failover, multi_az, parameters, kept, no_secrets),
    *(sharded, limits, durable),
)


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
