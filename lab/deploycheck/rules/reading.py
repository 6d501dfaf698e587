"""How rules read a template: what a reference points at, and what a function would answer."""

from collections.abc import Callable, Iterator

from lab.deploycheck.strict import Tree
from lab.deploycheck.synthesis import Deployment

# What is at fault (a resource, a property, an option), and the end of a sentence that begins so.
Fault = tuple[str, str]
Rule = Callable[[Deployment], Iterator[Fault]]

GROUP = "AWS::ElastiCache::ReplicationGroup"
NODES = "AWS::ElastiCache::CacheCluster"
SERVERLESS = "AWS::ElastiCache::ServerlessCache"
DATABASE = "AWS::RDS::DBInstance"
SECURITY_GROUP = "AWS::EC2::SecurityGroup"
INGRESS = "AWS::EC2::SecurityGroupIngress"
FUNCTION = "AWS::Lambda::Function"
QUEUE = "AWS::SQS::Queue"

# What CloudFormation answers, as long as it gets: an id has at most 40 characters.
_ID = "awseb-e-abcdefghij-stack-cache-abcdefghij"[:40]
_ARN = "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret"
ANSWERS = {
    "PrimaryEndPoint.Address": f"master.{_ID}.d4e5f6.usgw1.cache.amazonaws.com",
    "ReaderEndPoint.Address": f"replica.{_ID}.d4e5f6.usgw1.cache.amazonaws.com",
    "PrimaryEndPoint.Port": "6379",
    "ReaderEndPoint.Port": "6379",
    "ConfigurationEndpoint.Address": f"{_ID}.d4e5f6.cfg.usgw1.cache.amazonaws.com",
    "ConfigurationEndpoint.Port": "11211",
    "Endpoint.Address": f"{_ID}.d4e5f6abcdef.us-gov-west-1.rds.amazonaws.com",
    "Endpoint.Port": "5432",
}


def said(value: object) -> str:
    """The text that a property's function makes, with a plausible answer for each reference."""
    if not isinstance(value, dict):
        return str(value)
    if "Fn::Join" in value:
        between, parts = value["Fn::Join"]
        return str(between).join(said(part) for part in parts)
    if "Fn::GetAtt" in value:
        return ANSWERS.get(value["Fn::GetAtt"][1], "")
    return f"{_ARN}:{value['Ref']}-abcdefghijkl-abcdef"


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
