"""What our deployment must be and cfn-lint does not ask: one short rule each, by name.

A rule yields a sentence for each thing that is wrong. `ALL` lists them; the tests show that each
can fail.
"""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from tests.deployment.synthesis import Deployment, Tree

Rule = Callable[[Deployment], Iterator[str]]

GROUP = "AWS::ElastiCache::ReplicationGroup"
ENGINE_PORT = 6379

# Names that stop a second environment in the same account, and any replacement. Those that only
# refer to another resource are not among them.
FIXED_NAMES = {
    "AWS::EC2::SecurityGroup": "GroupName",
    "AWS::ElastiCache::CacheCluster": "ClusterName",
    "AWS::ElastiCache::ParameterGroup": "CacheParameterGroupName",
    GROUP: "ReplicationGroupId",
    "AWS::ElastiCache::SubnetGroup": "CacheSubnetGroupName",
    "AWS::Logs::LogGroup": "LogGroupName",
}
INGRESS_BY_ID = {
    *("Description", "IpProtocol", "FromPort", "ToPort", "SourceSecurityGroupId"),
}

# EC2 takes no other characters in a rule's description; cfn-lint looks at the group's only.
DESCRIPTION = re.compile(r"[\w .\-:/()#,@\[\]+=&;{}!$*]*", re.ASCII)

# Elastic Beanstalk's own limits for environment properties.
PROPERTY_CHARACTERS = re.compile(r"[\w\s.:/=+\\\-@'\"]*", re.ASCII)
PROPERTIES_BYTES = 4096

# What CloudFormation answers, as long as it gets: an id has at most 40 characters.
LONGEST_ID = "awseb-e-abcdefghij-stack-cache-abcdefghij"[:40]
ANSWERS = {
    "PrimaryEndPoint.Address": f"master.{LONGEST_ID}.d4e5f6.usgw1.cache.amazonaws.com",
    "ReaderEndPoint.Address": f"replica.{LONGEST_ID}.d4e5f6.usgw1.cache.amazonaws.com",
    "PrimaryEndPoint.Port": str(ENGINE_PORT),
    "ReaderEndPoint.Port": str(ENGINE_PORT),
}


def said(value: object) -> str:
    """The text that a property's function makes, with a plausible answer for each endpoint."""
    if not isinstance(value, dict):
        return str(value)
    if "Fn::Join" in value:
        between, parts = value["Fn::Join"]
        return str(between).join(said(part) for part in parts)
    if "Fn::GetAtt" in value:
        return ANSWERS.get(value["Fn::GetAtt"][1], "")
    return str(value["Ref"])


def tls(deployment: Deployment) -> Iterator[str]:
    for name, group in deployment.of_type(GROUP).items():
        if group.get("TransitEncryptionEnabled") is not True:
            yield f"{name} talks in clear"
        if group.get("TransitEncryptionMode", "required") != "required":
            yield f"{name} lets clients talk in clear"


def at_rest(deployment: Deployment) -> Iterator[str]:
    for name, group in deployment.of_type(GROUP).items():
        if group.get("AtRestEncryptionEnabled") is not True:
            yield f"{name} writes its snapshots in clear"


def failover(deployment: Deployment) -> Iterator[str]:
    for name, group in deployment.of_type(GROUP).items():
        if group.get("AutomaticFailoverEnabled") is not True:
            yield f"{name} does not fail over"
        if int(group.get("NumCacheClusters", 1)) < 2:
            yield f"{name} has nothing to fail over to"


def multi_az(deployment: Deployment) -> Iterator[str]:
    for name, group in deployment.of_type(GROUP).items():
        if group.get("MultiAZEnabled") is not True:
            yield f"{name} may stand in one zone"
        elif group.get("AutomaticFailoverEnabled") is not True:
            yield f"{name} asks for several zones without failover, which the service refuses"


def parameters(deployment: Deployment) -> Iterator[str]:
    """The family follows the engine, and eviction spares what carries no time to live."""
    families = deployment.of_type("AWS::ElastiCache::ParameterGroup")
    for name, group in deployment.of_type(GROUP).items():
        found = families.get(_referred(group.get("CacheParameterGroupName")))
        if not found:
            yield f"{name} takes the service's own parameters"
            continue
        family = f"{group['Engine']}{str(group['EngineVersion']).split('.')[0]}"
        if found["CacheParameterGroupFamily"] != family:
            yield f"{name} needs parameters of {family}"
        if found["Properties"].get("maxmemory-policy") != "volatile-ttl":
            yield f"{name} may evict what must stay"


def ingress(deployment: Deployment) -> Iterator[str]:
    """Only a security group, named by id, reaches a port; the cache's port, and that one alone."""
    allowed = {"Fn::GetAtt": ["AWSEBSecurityGroup", "GroupId"]}
    for name, group in deployment.of_type("AWS::EC2::SecurityGroup").items():
        for entry in group.get("SecurityGroupIngress", []):
            if not entry.keys() <= INGRESS_BY_ID or entry.get("SourceSecurityGroupId") != allowed:
                yield f"{name} is open to more than the application's group"
            if (entry.get("FromPort"), entry.get("ToPort")) != (ENGINE_PORT, ENGINE_PORT):
                yield f"{name} opens other ports than {ENGINE_PORT}"
            if not DESCRIPTION.fullmatch(entry.get("Description", "")):
                yield f"{name} describes a rule in characters that EC2 refuses"
    if deployment.of_type("AWS::EC2::SecurityGroupIngress"):
        yield "an ingress rule stands apart from its group, where this rule does not look"


def attached(deployment: Deployment) -> Iterator[str]:
    """The cluster stands behind our security group, in our subnets, at the port we open."""
    ours = deployment.of_type("AWS::EC2::SecurityGroup")
    subnets = deployment.of_type("AWS::ElastiCache::SubnetGroup")
    for name, group in deployment.of_type(GROUP).items():
        locks = [_referred(lock) for lock in group.get("SecurityGroupIds", [])]
        if not locks or any(not ours.get(lock, {}).get("SecurityGroupIngress") for lock in locks):
            yield f"{name} stands behind no group of its own"
        if group.get("Port", ENGINE_PORT) != ENGINE_PORT:
            yield f"{name} listens where nothing is open"
        places = subnets.get(_referred(group.get("CacheSubnetGroupName")), {}).get("SubnetIds", [])
        if len(set(places)) < 2:
            yield f"{name} has no two subnets to stand in"


def unnamed(deployment: Deployment) -> Iterator[str]:
    for kind, naming in FIXED_NAMES.items():
        for name, properties in deployment.of_type(kind).items():
            if naming in properties:
                yield f"{name} has a name of its own, so a second environment collides"


def kept(deployment: Deployment) -> Iterator[str]:
    """Backups exist, and the last state outlives the cluster."""
    for name, group in deployment.of_type(GROUP).items():
        if int(group.get("SnapshotRetentionLimit", 0)) < 1:
            yield f"{name} is not backed up"
        resource = deployment.template["Resources"][name]
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if resource.get(policy) != "Snapshot":
                yield f"{name} has no snapshot for its {policy}"


def no_secrets(deployment: Deployment) -> Iterator[str]:
    for name, group in deployment.of_type(GROUP).items():
        if "AuthToken" in group:
            yield f"{name} has its password in a file"


def property_limits(deployment: Deployment) -> Iterator[str]:
    total = 0
    for name, value in deployment.properties.items():
        text = said(value)
        # Whether the limit counts the expression or its result is not documented: the longer one.
        total += len(name) + 1 + max(len(text.encode()), len(str(value).encode()))
        if len(name) > 128 or not PROPERTY_CHARACTERS.fullmatch(text):
            yield f"{name} holds what a property must not"
    if total > PROPERTIES_BYTES:
        yield f"the properties take {total} bytes of {PROPERTIES_BYTES}"


def address(deployment: Deployment) -> Iterator[str]:
    """The application is sent to the primary, at its port, over TLS."""
    url = urlsplit(said(deployment.properties.get("CACHE_URL", "")))
    if url.scheme not in ("valkeys", "rediss"):
        yield "CACHE_URL does not ask for TLS"
    if (url.hostname, url.port) != (ANSWERS["PrimaryEndPoint.Address"], ENGINE_PORT):
        yield "CACHE_URL does not lead to the primary"


def _referred(value: object) -> str:
    """The logical name a `Ref` or `Fn::GetAtt` points at, or nothing."""
    if not isinstance(value, dict):
        return ""
    target = value.get("Ref") or value.get("Fn::GetAtt", [""])[0]
    return str(target)


ALL: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        *(tls, at_rest, failover, multi_az, parameters, ingress, attached),
        *(unnamed, kept, no_secrets, property_limits, address),
    )
}


def with_single_nodes(deployment: Deployment) -> Tree:
    """The template, and in it a single node for each replication group, of the same kind.

    cfn-lint knows which versions and node types there are, but asks only where one node stands.
    """
    copied = ("Engine", "EngineVersion", "CacheNodeType")
    nodes = {
        f"{name}AsOneNode": {
            "Type": "AWS::ElastiCache::CacheCluster",
            "DeletionPolicy": "Delete",
            "UpdateReplacePolicy": "Delete",
            "Properties": {"NumCacheNodes": 1} | {key: group.get(key) for key in copied},
        }
        for name, group in deployment.of_type(GROUP).items()
    }
    return deployment.template | {"Resources": deployment.template["Resources"] | nodes}
