"""How rules read a template: what a reference points at, and what a function would answer."""

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase

from lab.deploycheck.strict import Tree
from lab.deploycheck.synthesis import Deployment

# What is at fault (a resource, a property, an option), and the end of a sentence that begins so.
Fault = tuple[str, str]
Rule = Callable[[Deployment], Iterator[Fault]]

GROUP = "AWS::ElastiCache::ReplicationGroup"
NODES = "AWS::ElastiCache::CacheCluster"
SERVERLESS = "AWS::ElastiCache::ServerlessCache"
PARAMETERS = "AWS::ElastiCache::ParameterGroup"
USER = "AWS::ElastiCache::User"
USER_GROUP = "AWS::ElastiCache::UserGroup"
DATABASE = "AWS::RDS::DBInstance"
SECURITY_GROUP = "AWS::EC2::SecurityGroup"
INGRESS = "AWS::EC2::SecurityGroupIngress"
POLICY = "AWS::IAM::Policy"
CACHES = (GROUP, NODES, SERVERLESS)

# What CloudFormation answers, as long as it gets.
NAME = "an-environment-with-a-name-of-forty-char"
REGION = "us-gov-west-1"
_ACCOUNT = "arn:aws-us-gov:{service}:us-gov-west-1:123456789012"
# What `elasticache:Connect` and tokens call them.
CALLED = {GROUP: "replicationgroup", SERVERLESS: "serverlesscache", USER: "user"}
_PSEUDO = {"AWS::Region": REGION, "AWS::Partition": "aws-us-gov", "AWS::AccountId": "123456789012"}
_DOMAIN = "d4e5f6.usgw1.cache.amazonaws.com"
_ATTRIBUTES = {
    (GROUP, "PrimaryEndPoint.Address"): f"master.{{id}}.{_DOMAIN}",
    (GROUP, "PrimaryEndPoint.Port"): "6379",
    (GROUP, "ReaderEndPoint.Address"): f"replica.{{id}}.{_DOMAIN}",
    (GROUP, "ReaderEndPoint.Port"): "6379",
    (GROUP, "ConfigurationEndPoint.Address"): f"clustercfg.{{id}}.{_DOMAIN}",
    (GROUP, "ConfigurationEndPoint.Port"): "6379",
    (NODES, "ConfigurationEndpoint.Address"): "{id}.d4e5f6.cfg.usgw1.cache.amazonaws.com",
    (NODES, "ConfigurationEndpoint.Port"): "11211",
    (SERVERLESS, "Endpoint.Address"): "{id}-d4e5f6.serverless.usgw1.cache.amazonaws.com",
    (SERVERLESS, "Endpoint.Port"): "6379",
    (SERVERLESS, "ARN"): f"{_ACCOUNT.format(service='elasticache')}:serverlesscache:{{id}}",
    (USER, "Arn"): f"{_ACCOUNT.format(service='elasticache')}:user:{{id}}",
    (DATABASE, "Endpoint.Address"): "{id}.d4e5f6abcdef.us-gov-west-1.rds.amazonaws.com",
    (DATABASE, "Endpoint.Port"): "5432",
    (DATABASE, "DbiResourceId"): "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
}


def said(value: object, deployment: Deployment) -> str:
    """The text that a property's function makes, with a plausible answer for each reference."""
    if not isinstance(value, dict):
        return str(value)
    if "Fn::Join" in value:
        between, parts = value["Fn::Join"]
        return str(between).join(said(part, deployment) for part in parts)
    if "Fn::GetAtt" in value:
        name, attribute = value["Fn::GetAtt"]
        return attribute_of(deployment, name, attribute)
    return _PSEUDO.get(value["Ref"]) or _id_of(deployment, value["Ref"])


def attribute_of(deployment: Deployment, name: str, attribute: str) -> str:
    """What `Fn::GetAtt` answers, or nothing where the resource has no such attribute."""
    known = _ATTRIBUTES.get((kind_of(deployment, name), attribute), "")
    return known.format(id=_id_of(deployment, name))


def arn_of(deployment: Deployment, name: str) -> str:
    """The ARN of a cache or a user, as a policy has it."""
    called = CALLED[kind_of(deployment, name)]
    return f"{_ACCOUNT.format(service='elasticache')}:{called}:{_id_of(deployment, name)}"


def _id_of(deployment: Deployment, name: str) -> str:
    """What `Ref` answers: the name that was given, one that is made up, or an ARN."""
    kind = kind_of(deployment, name)
    if kind in (SERVERLESS, USER, USER_GROUP, "AWS::ElasticBeanstalk::Environment"):
        return NAME
    if kind in (GROUP, NODES, DATABASE):
        # An id has at most 40 characters.
        return f"awseb-e-{name.lower()}-abcdefghijabcdefghijabcdefghij"[:40]
    return f"{_ACCOUNT.format(service='secretsmanager')}:secret:{name}-abcdefghijkl-abcdef"


def kind_of(deployment: Deployment, name: str) -> str:
    """The type of a resource, or nothing where there is none of that name."""
    return str(deployment.template["Resources"].get(name, {}).get("Type", ""))


def referred(value: object) -> str:
    """The logical name a `Ref` or `Fn::GetAtt` points at, or nothing."""
    if not isinstance(value, dict):
        return ""
    target = value.get("Ref") or value.get("Fn::GetAtt", [""])[0]
    return str(target)


def references(value: object) -> set[str]:
    """Every logical name that is spoken of anywhere below the value."""
    if isinstance(value, list):
        return {name for item in value for name in references(item)}
    if not isinstance(value, dict):
        return set()
    below = {name for item in value.values() for name in references(item)}
    return below | ({referred(value)} - {""})


def policies(deployment: Deployment, name: str) -> tuple[object, object]:
    """What becomes of the resource when it is deleted, and when it is replaced."""
    resource: Tree = deployment.template["Resources"][name]
    return resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")


def cache_of(deployment: Deployment, variable: str) -> str:
    """The cluster that a property speaks of, or nothing."""
    value = deployment.properties.get(variable)
    parts = value["Fn::Join"][1] if isinstance(value, dict) and "Fn::Join" in value else []
    names = (referred(part) for part in parts)
    return next((name for name in names if kind_of(deployment, name) in CACHES), "")


def is_clustered(deployment: Deployment, group: Tree) -> bool:
    """Whether the replication group's parameters share the slots out among shards."""
    found = deployment.of_type(PARAMETERS).get(referred(group.get("CacheParameterGroupName")), {})
    return bool(found.get("Properties", {}).get("cluster-enabled") == "yes")


def shards(group: Tree) -> int:
    return int(group.get("NumNodeGroups", 1))


def nodes_a_shard(group: Tree) -> int:
    """The primary and its replicas."""
    if "ReplicasPerNodeGroup" in group:
        return 1 + int(group["ReplicasPerNodeGroup"])
    return int(group.get("NumCacheClusters", 1))


def statements(deployment: Deployment, action: str) -> Iterator[tuple[str, Tree]]:
    """Each statement of a policy of ours that allows the action, by the policy's name."""
    for name, policy in deployment.of_type(POLICY).items():
        for statement in policy["PolicyDocument"]["Statement"]:
            allowed = statement["Action"]
            together = allowed if isinstance(allowed, list) else [allowed]
            if statement["Effect"] == "Allow" and any(_covers(one, action) for one in together):
                yield name, statement


def resources_of(statement: Tree, deployment: Deployment) -> list[str]:
    """The ARNs that a statement is about."""
    found = statement["Resource"]
    return [said(one, deployment) for one in (found if isinstance(found, list) else [found])]


def _covers(pattern: str, action: str) -> bool:
    return fnmatchcase(action, pattern)
