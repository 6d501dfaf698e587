"""Who reaches what: the application's security group by id, one port each, and nobody else."""

import re
from collections.abc import Iterator

from lab.deploycheck.rules.reading import (
    DATABASE,
    GROUP,
    INGRESS,
    NODES,
    PARAMETERS,
    POLICY,
    SECURITY_GROUP,
    SERVERLESS,
    USER,
    USER_GROUP,
    Fault,
    referred,
)
from lab.deploycheck.strict import Tree
from lab.deploycheck.synthesis import STUBS, Deployment

BY_ID = {*("Description", "IpProtocol", "FromPort", "ToPort", "SourceSecurityGroupId")}
APPLICATION = {"Fn::GetAtt": ["AWSEBSecurityGroup", "GroupId"]}

# EC2 takes no other characters in a rule's description; cfn-lint looks at the group's only.
DESCRIPTION = re.compile(r"[\w .\-:/()#,@\[\]+=&;{}!$*]*", re.ASCII)

FEWEST_SUBNETS = 2

# Where each kind listens, and which property names its security groups.
DOORS = {
    GROUP: ("SecurityGroupIds", 6379),
    NODES: ("VpcSecurityGroupIds", 11211),
    SERVERLESS: ("SecurityGroupIds", 6379),
    DATABASE: ("VPCSecurityGroups", 5432),
}

# Names that stop a second environment in the same account, and any replacement. Those that only
# refer to another resource are not among them.
FIXED_NAMES = {
    SECURITY_GROUP: "GroupName",
    NODES: "ClusterName",
    PARAMETERS: "CacheParameterGroupName",
    GROUP: "ReplicationGroupId",
    "AWS::ElastiCache::SubnetGroup": "CacheSubnetGroupName",
    "AWS::Logs::LogGroup": "LogGroupName",
    DATABASE: "DBInstanceIdentifier",
    "AWS::RDS::DBSubnetGroup": "DBSubnetGroupName",
    "AWS::RDS::DBParameterGroup": "DBParameterGroupName",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::IAM::Role": "RoleName",
}
# Names that must be given: they are made of the environment's, or two environments collide.
DERIVED_NAMES = {
    SERVERLESS: "ServerlessCacheName",
    USER: "UserId",
    USER_GROUP: "UserGroupId",
    POLICY: "PolicyName",
}


def _entries(deployment: Deployment) -> Iterator[tuple[str, str, Tree]]:
    """Each rule of ingress: where it is written, the group it opens, and the rule."""
    for name, group in deployment.of_type(SECURITY_GROUP).items():
        for entry in group.get("SecurityGroupIngress", []):
            yield name, name, entry
    for name, entry in deployment.of_type(INGRESS).items():
        rest = {key: value for key, value in entry.items() if key != "GroupId"}
        yield name, referred(entry.get("GroupId")), rest


def ingress(deployment: Deployment) -> Iterator[Fault]:
    """Only a security group, named by id, reaches a port; the service's port, and that alone."""
    expected = _ports(deployment)
    for name, group, entry in _entries(deployment):
        if not entry.keys() <= BY_ID or entry.get("SourceSecurityGroupId") != APPLICATION:
            yield name, "is open to more than the application's group"
        port = expected.get(group)
        if (entry.get("FromPort"), entry.get("ToPort")) != (port, port):
            yield name, f"opens other ports than {port}"
        if not DESCRIPTION.fullmatch(entry.get("Description", "")):
            yield name, "describes a rule in characters that EC2 refuses"


def attached(deployment: Deployment) -> Iterator[Fault]:
    """Each service stands behind a group of ours that is open, and listens at the port we open."""
    opened = {group for _, group, _ in _entries(deployment)}
    for kind, (property_, port) in DOORS.items():
        for name, service in deployment.of_type(kind).items():
            locks = [referred(lock) for lock in service.get(property_, [])]
            if not locks or any(lock not in opened for lock in locks):
                yield name, "stands behind no group of its own that lets the application in"
            if str(service.get("Port", port)) != str(port):
                yield name, "listens where nothing is open"


def carried(deployment: Deployment) -> Iterator[Fault]:
    """Instances carry the group that is let in."""
    option = "DisableDefaultEC2SecurityGroup"
    chosen = deployment.settings.get("aws:autoscaling:launchconfiguration", {})
    if str(chosen.get(option, "false")).lower() == "true":
        yield option, "takes the group off the instances that cache and database let in"


def placed(deployment: Deployment) -> Iterator[Fault]:
    """Each stands in two subnets that we name."""
    for kind, property_, groups in (
        (GROUP, "CacheSubnetGroupName", "AWS::ElastiCache::SubnetGroup"),
        (NODES, "CacheSubnetGroupName", "AWS::ElastiCache::SubnetGroup"),
        (DATABASE, "DBSubnetGroupName", "AWS::RDS::DBSubnetGroup"),
    ):
        subnets = deployment.of_type(groups)
        for name, service in deployment.of_type(kind).items():
            places = subnets.get(referred(service.get(property_)), {}).get("SubnetIds", [])
            if len(set(places)) < FEWEST_SUBNETS:
                yield name, "has no two subnets to stand in"
    for name, service in deployment.of_type(SERVERLESS).items():
        if len(set(service.get("SubnetIds", []))) < FEWEST_SUBNETS:
            yield name, "has no two subnets to stand in"


def unnamed(deployment: Deployment) -> Iterator[Fault]:
    for kind, naming in FIXED_NAMES.items():
        for name, properties in deployment.of_type(kind).items():
            if naming in properties and name not in STUBS:
                yield name, "has a name of its own, so a second environment collides"
    for kind, naming in DERIVED_NAMES.items():
        for name, properties in deployment.of_type(kind).items():
            if "AWSEBEnvironmentName" not in str(properties.get(naming)):
                yield name, "has a name without the environment's, so a second one collides"
    for name, output in deployment.template.get("Outputs", {}).items():
        if "Export" in output and "AWSEBEnvironmentName" not in str(output["Export"]):
            yield (
                name,
                "is exported under a name without the environment's, so a second one collides",
            )


def _ports(deployment: Deployment) -> dict[str, int]:
    """The port that each group of ours is there for."""
    return {
        referred(lock): port
        for kind, (property_, port) in DOORS.items()
        for service in deployment.of_type(kind).values()
        for lock in service.get(property_, [])
    }


RULES = (ingress, attached, carried, placed, unnamed)
