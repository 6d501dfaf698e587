"""The cache of `.ebextensions/elasticache*.config` is what the design asks for.

Every check is shown to fail: `DEFECTS` plants one fault a row into whichever of the two real files
has what it replaces.
"""

import re
from pathlib import Path

import pytest

from lab.deploycheck.rules.reading import NAME, USER, USER_GROUP, attribute_of, said
from lab.deploycheck.strict import load
from lab.deploycheck.synthesis import custom_options, synthesise
from tests.deployment.planting import (
    CUSTOM_VPC,
    FILES,
    ROOT,
    SUBNETS,
    breaks,
    complaints,
    deployed,
    plant,
)

CACHE_FILES = sorted((ROOT / ".ebextensions").glob("elasticache*.config"))


@pytest.mark.parametrize("options", [SUBNETS, CUSTOM_VPC], ids=["default VPC", "custom VPC"])
def test_the_deployment_breaks_no_rule(options: dict[str, str]) -> None:
    assert complaints(FILES, **options) == set()


def test_the_application_is_given_the_primary_over_tls_as_its_own_user() -> None:
    deployment = deployed()
    url = said(deployment.properties["CACHE_URL"], deployment)

    primary = attribute_of(deployment, "Cache", "PrimaryEndPoint.Address")
    assert url == f"valkeys://{NAME}@{primary}:6379/0"


def test_the_user_is_named_for_the_environment_and_has_no_password() -> None:
    users, groups = (deployed().of_type(kind) for kind in (USER, USER_GROUP))

    environment = {"Ref": "AWSEBEnvironmentName"}
    assert users["CacheUser"]["UserId"] == users["CacheUser"]["UserName"] == environment
    assert users["CacheUser"]["AuthenticationMode"] == {"Type": "iam"}
    assert groups["CacheUsers"]["UserIds"] == [{"Ref": "CacheUser"}]


def test_the_security_group_stands_in_the_chosen_vpc() -> None:
    groups = deployed(CacheVpc="vpc-1").of_type("AWS::EC2::SecurityGroup")

    assert groups["CacheSecurityGroup"]["VpcId"] == "vpc-1"


def test_without_subnets_the_failing_value_says_what_to_set() -> None:
    subnets = synthesise(FILES).of_type("AWS::ElastiCache::SubnetGroup")["CacheSubnets"]

    for option, value in zip(SUBNETS, subnets["SubnetIds"], strict=True):
        assert value.startswith(f"set-{option}-")


def test_the_page_on_deployment_lists_every_custom_option_with_its_default() -> None:
    asked = {
        name: default if isinstance(default, str) and not default.startswith("set-") else "none"
        for file in (*(ROOT / "deployment").glob("*.config"), *FILES)
        for name, default in custom_options(load(file))
    }
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    options = page.partition("\n## Choices\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| `?([^`|]+?)`? \|", options, re.MULTILINE)

    assert dict(rows) == asked


# What is planted, the text it replaces (which must stand in the file once), the fault, the rule
# that catches it. Rules of cfn-lint are a letter and four figures.
TLS = "TransitEncryptionEnabled: true"
SOURCE = 'SourceSecurityGroupId: {"Fn::GetAtt": [AWSEBSecurityGroup, GroupId]}'
LOCK = '        - {"Fn::GetAtt": [CacheSecurityGroup, GroupId]}\n'
PLACE = "      CacheSubnetGroupName: {Ref: CacheSubnets}\n"
PARAMETERS = "      CacheParameterGroupName: {Ref: CacheParameters}\n"
PORT = "Port: 6379\n\n"
POLICIES = "DeletionPolicy: Snapshot\n    UpdateReplacePolicy: Snapshot"
BACKUPS = """SnapshotRetentionLimit:
        Fn::GetOptionSetting:
          OptionName: CacheSnapshotDays
          DefaultValue: "7"
"""
SETTING = "    CACHE_URL: '"
FIRST = "Resources:\n  CacheParameters:\n"
USERS = "      UserGroupIds:\n        - {Ref: CacheUsers}\n"
NAMED = "      UserName: {Ref: AWSEBEnvironmentName}\n"
BY_TOKEN = "      AuthenticationMode:\n        Type: iam\n"
IN_GROUP = "      Engine: valkey\n      UserGroupId:"
OF_USER = "      Engine: valkey\n      # A user must have"
ON_USER = '              - {"Fn::GetAtt": [CacheUser, Arn]}\n'
ON_CACHE = '":replicationgroup:", {Ref: Cache}]]}'
FOR_CACHE = '["replicationgroup:", {"Ref": "Cache"}]'
POLICY_NAME = (
    '      PolicyName: {"Fn::Join": ["-", [{Ref: AWSEBEnvironmentName}, connect-to-cache]]}\n'
)
REGION = "AWS_REGION: '"
TAKEN = " -@admin -@dangerous +info"
DEFECTS = [
    # Read strictly.
    ("a duplicate key", TLS, f"{TLS}\n      {TLS}", "DuplicateKey"),
    ("a duplicate resource", "  CacheSlowLog:\n", "  Cache:\n", "DuplicateKey"),
    ("a short tag", "{Ref: CacheSubnets}", "!Ref CacheSubnets", "ShortTag"),
    ("a condition", FIRST, f"Conditions: {{}}\n\n{FIRST}", "UnknownSection"),
    ("a misspelt section", FIRST, FIRST.replace("s:", ":"), "UnknownSection"),
    ("Fn::Sub", "{Ref: CacheSubnets}", '{"Fn::Sub": x}', "UndocumentedFunction"),
    ("half an expression", "CACHE_URL: '`{", "CACHE_URL: 'valkeys://`{", "Unreadable"),
    ("an option without default", '          DefaultValue: "7"\n', "", "OptionUnset"),
    # cfn-lint.
    ("a wrong-case endpoint", '"PrimaryEndPoint.Address"', '"PrimaryEndpoint.Address"', "E6101"),
    ("a single node's endpoint", '"PrimaryEndPoint.Port"', '"RedisEndpoint.Port"', "E6101"),
    ("an unknown resource", "{Ref: CacheParameters}", "{Ref: CacheParameter}", "E1020"),
    ("an unknown property", "MultiAZEnabled: true", "MultiAzEnabled: true", "E3002"),
    ("TLS left out", f"      {TLS}\n", "", "E3704"),
    ("a group by its Ref", SOURCE, "SourceSecurityGroupId: {Ref: AWSEBSecurityGroup}", "E1041"),
    ("a policy it cannot have", POLICIES, "DeletionPolicy: Keep", "E3035"),
    ("no DeletionPolicy", POLICIES, "UpdateReplacePolicy: Snapshot", "I3011"),
    ("no UpdateReplacePolicy", POLICIES, "DeletionPolicy: Snapshot", "I3011"),
    ("a node type of old", "cache.t4g.small", "cache.m1.small", "E3647"),
    ("an unknown version", 'EngineVersion: "9.1"', 'EngineVersion: "9.9"', "E3695"),
    ("a misspelt engine", "Engine: valkey", "Engine: valky", "E3695"),
    # Ours.
    ("TLS off", TLS, "TransitEncryptionEnabled: false", "tls"),
    ("TLS if you like", "Mode: required", "Mode: preferred", "tls"),
    (
        "snapshots in clear",
        "RestEncryptionEnabled: true",
        "RestEncryptionEnabled: false",
        "at_rest",
    ),
    ("at rest left out", "      AtRestEncryptionEnabled: true\n", "", "at_rest"),
    ("failover off", "FailoverEnabled: true", "FailoverEnabled: false", "failover"),
    ("one node with failover", 'DefaultValue: "2"', 'DefaultValue: "1"', "failover"),
    ("one zone", "MultiAZEnabled: true", "MultiAZEnabled: false", "multi_az"),
    ("zones without failover", "      AutomaticFailoverEnabled: true\n", "", "multi_az"),
    ("another family", "Family: valkey9", "Family: valkey8", "parameters"),
    ("another major", 'EngineVersion: "9.1"', 'EngineVersion: "8.2"', "parameters"),
    ("evicting anything", "DefaultValue: volatile-ttl", "DefaultValue: allkeys-lru", "parameters"),
    (
        "no room for cached answers",
        "DefaultValue: volatile-ttl",
        "DefaultValue: noeviction",
        "parameters",
    ),
    ("standard parameters", PARAMETERS, "", "parameters"),
    ("open to the world", SOURCE, "CidrIp: 0.0.0.0/0", "ingress"),
    ("open to the network", SOURCE, "CidrIp: 10.0.0.0/8", "ingress"),
    ("a group by name", SOURCE, "SourceSecurityGroupName: {Ref: AWSEBSecurityGroup}", "ingress"),
    ("open to another group", SOURCE, "SourceSecurityGroupId: sg-0123456789abcdef0", "ingress"),
    ("all ports up to ours", "FromPort: 6379", "FromPort: 0", "ingress"),
    ("an odd description", "Instances of the application", "The app's instances", "ingress"),
    ("the VPC's own group", LOCK, "        []\n", "attached"),
    ("another port", PORT, "Port: 6380\n\n", "attached"),
    ("no subnet group", PLACE, "", "placed"),
    ("one subnet twice", "OptionName: CacheSubnetB", "OptionName: CacheSubnetA", "placed"),
    ("a fixed cluster name", PLACE, f"{PLACE}      ReplicationGroupId: andon\n", "unnamed"),
    ("a fixed group name", "      VpcId:", "      GroupName: andon\n      VpcId:", "unnamed"),
    ("no backups", BACKUPS, "SnapshotRetentionLimit: 0\n", "kept"),
    ("backups left out", f"      {BACKUPS}", "", "kept"),
    ("no last snapshot", POLICIES, POLICIES.replace("Snapshot", "Delete"), "kept"),
    ("a password in the file", PLACE, f"{PLACE}      AuthToken: 0123456789abcdef\n", "no_secrets"),
    ("too much environment", SETTING, f"    OTHER: {'x' * 4000}\n{SETTING}", "property_limits"),
    ("an odd character", SETTING, f"    OTHER: a&b\n{SETTING}", "property_limits"),
    ("an address in clear", '"valkeys://"', '"valkey://"', "address"),
    (
        "a whole cluster's address",
        '"PrimaryEndPoint.Address"',
        '"ConfigurationEndPoint.Address"',
        "address",
    ),
    ("the replica's address", '"PrimaryEndPoint.Address"', '"ReaderEndPoint.Address"', "address"),
    ("a cluster's scheme for one server", '"valkeys://"', '"valkeys+cluster://"', "address"),
    ("an unknown parameter", "maxmemory-policy:", "maxmemory-policies:", "parameters"),
    ("a subnet group of the database's", PLACE, PLACE.replace("Cache", "Database", 2), "placed"),
    (
        "a durability that is none",
        'CacheDurability\n          DefaultValue: {Ref: "AWS::NoValue"}',
        "CacheDurability\n          DefaultValue: eternal",
        "durable",
    ),
    # Who may connect.
    ("no user group", USERS, "", "locked"),
    ("another's user group", USERS, "      UserGroupIds: [everybody]\n", "locked"),
    ("a group without users", "        - {Ref: CacheUser}\n", "        []\n", "locked"),
    ("another's user", "        - {Ref: CacheUser}\n", "        - default\n", "locked"),
    ("a group of another engine", IN_GROUP, IN_GROUP.replace("valkey", "redis"), "locked"),
    ("a user of another engine", OF_USER, OF_USER.replace("valkey", "redis"), "locked"),
    ("no user", "  CacheUser:\n", "  CacheUzer:\n", "locked"),
    ("a user with another name", NAMED, "      UserName: andon\n", "without_password"),
    ("a user with a password", BY_TOKEN, "      Passwords: [a-long-one]\n", "without_password"),
    (
        "a user who needs none",
        BY_TOKEN,
        "      AuthenticationMode: {Type: no-password-required}\n",
        "without_password",
    ),
    ("a user's fixed id", "UserId: {Ref: AWSEBEnvironmentName}", "UserId: andon", "unnamed"),
    (
        "a group's fixed id",
        "UserGroupId: {Ref: AWSEBEnvironmentName}",
        "UserGroupId: andon",
        "unnamed",
    ),
    ("a user who may do all", "-@all +@read", "+@all", "narrow"),
    ("a user who is off", "        on ~*", "        off ~*", "narrow"),
    ("a user who may administer", TAKEN, " -@dangerous +info", "narrow"),
    ("a user who may administer after all", TAKEN, f"{TAKEN} +config", "narrow"),
    ("a policy without the user", ON_USER, "", "allowed"),
    ("a policy without the cache", ON_CACHE, '":replicationgroup:andon"]]}', "allowed"),
    ("a policy on a cache of no kind", ON_CACHE, '":cluster:", {Ref: Cache}]]}', "allowed"),
    ("a policy on every cache", ON_CACHE, '":replicationgroup:*"]]}', "exact"),
    (
        "a policy for more than connecting",
        "Action: elasticache:Connect",
        'Action: "elasticache:*"',
        "exact",
    ),
    ("a policy that lets nobody", "Effect: Allow", "Effect: Deny", "allowed"),
    ("a policy's fixed name", POLICY_NAME, "      PolicyName: connect\n", "unnamed"),
    ("tokens for another cache", FOR_CACHE, '["replicationgroup:andon"]', "token"),
    (
        "tokens for Serverless",
        FOR_CACHE,
        FOR_CACHE.replace("replicationgroup", "serverlesscache"),
        "token",
    ),
    ("no tokens", "    CACHE_IAM:", "    CACHE_IAN:", "token"),
    ("tokens for no region", REGION, "AWS_REGIO: '", "token"),
    ("an address without a user", '{"Ref": "CacheUser"}, "@", ', "", "token"),
    (
        "keys of a user of IAM",
        "Resources:\n  # What can",
        "Resources:\n  Reader:\n    Type: AWS::IAM::User\n  # What can",
        "no_secrets",
    ),
    (
        "an export's fixed name",
        "Resources:\n  # What can",
        "Outputs:\n  C:\n    Value: x\n    Export: {Name: cache}\n\nResources:\n  # What can",
        "unnamed",
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "rule"), [row[1:] for row in DEFECTS], ids=[row[0] for row in DEFECTS]
)
def test_a_fault_planted_in_the_cluster_is_caught(
    tmp_path: Path, old: str, new: str, rule: str
) -> None:
    file = next(file for file in CACHE_FILES if file.read_text(encoding="utf-8").count(old) == 1)

    assert breaks(rule, plant(tmp_path, file, old, new))


def test_a_node_fewer_than_failover_needs_is_caught_when_chosen_on_the_environment() -> None:
    assert complaints(FILES, CacheNodes="1") == {"failover"}
