"""The database, the environment and the migration are what a plant needs of them.

Each row plants one fault into a real file and names the rule that catches it.
"""

from pathlib import Path

import pytest

from lab.deploycheck import rules
from lab.deploycheck.plan import plan
from tests.deployment.planting import ROOT, breaks, deployed, plant
from tests.deployment.test_elasticache import DEFECTS as CACHE_DEFECTS
from tests.deployment.test_options import DEFECTS as OPTION_DEFECTS

EXTENSIONS = ROOT / ".ebextensions"

PASSWORD = (
    '{"Fn::Join": ["", ["{{resolve:secretsmanager:", {Ref: DatabasePassword}, ":SecretString}}"]]}'
)
INGRESS = """      FromPort: 5432
      ToPort: 5432
      SourceSecurityGroupId: {"Fn::GetAtt": [AWSEBSecurityGroup, GroupId]}
"""
RULE = (
    "      SecurityGroupIngress: [{Description: x, IpProtocol: tcp, FromPort: 5432, ToPort: 5432, "
    'SourceSecurityGroupId: {"Fn::GetAtt": [AWSEBSecurityGroup, GroupId]}}]\n'
)
GROUP = "      GroupDescription: PostgreSQL, open to whom DatabaseFromApplication names\n"
RETAINED = (
    "    Type: AWS::RDS::DBInstance\n    DeletionPolicy: Retain\n    UpdateReplacePolicy: Retain\n"
)
SUBNETS_KEPT = "    Type: AWS::RDS::DBSubnetGroup\n    DeletionPolicy: Retain\n"
KEY = '    SECRET_KEY: \'`{"Ref": "SecretKey"}`\''
PASSWORD_SECRET = '    RDS_PASSWORD: \'`{"Ref": "DatabasePassword"}`\''
IMMUTABLE = "  aws:autoscaling:updatepolicy:rollingupdate:\n    RollingUpdateType: Immutable\n"
LEADER = "    leader_only: true\n"
DEFECTS = [
    # What is planted, the file, the text it replaces, the fault, the rule that catches it.
    (
        "a database that goes along",
        "database",
        RETAINED,
        RETAINED.replace("Retain", "Snapshot"),
        "outlives",
    ),
    (
        "subnets that go along",
        "database",
        SUBNETS_KEPT,
        SUBNETS_KEPT.replace("Retain", "Delete"),
        "outlives",
    ),
    ("a rule in a group that stays", "database", GROUP, GROUP + RULE, "lets_go"),
    (
        "a rule that stays",
        "database",
        "Type: AWS::EC2::SecurityGroupIngress\n",
        "Type: AWS::EC2::SecurityGroupIngress\n    DeletionPolicy: Retain\n",
        "lets_go",
    ),
    ("few backups", "database", 'DefaultValue: "14"', 'DefaultValue: "1"', "backed_up"),
    (
        "no protection",
        "database",
        "DeletionProtection: true",
        "DeletionProtection: false",
        "backed_up",
    ),
    (
        "a public database",
        "database",
        "PubliclyAccessible: false",
        "PubliclyAccessible: true",
        "private",
    ),
    ("tables in clear", "database", "StorageEncrypted: true", "StorageEncrypted: false", "at_rest"),
    ("a password in the file", "database", PASSWORD, "not-so-secret-1", "signed_in"),
    (
        "no tokens",
        "database",
        "EnableIAMDatabaseAuthentication: true",
        "EnableIAMDatabaseAuthentication: false",
        "signed_in",
    ),
    (
        "parameters of another major",
        "database",
        "Family: postgres18",
        "Family: postgres17",
        "family",
    ),
    ("a database without TLS", "database", 'rds.force_ssl: "1"', 'rds.force_ssl: "0"', "family"),
    ("a version of old", "database", 'EngineVersion: "18"', 'EngineVersion: "12.3"', "W3691"),
    (
        "a database open to the network",
        "database",
        INGRESS,
        "      FromPort: 5432\n      ToPort: 5432\n      CidrIp: 10.0.0.0/8\n",
        "ingress",
    ),
    ("a group on another port", "database", INGRESS, INGRESS.replace("5432", "3306"), "ingress"),
    (
        "a database's own name",
        "database",
        "      DBName: andon\n",
        "      DBName: andon\n      DBInstanceIdentifier: andon\n",
        "unnamed",
    ),
    (
        "a secret's own name",
        "environment",
        "      Description: Signs",
        "      Name: andon\n      Description: Signs",
        "unnamed",
    ),
    (
        "a policy's name for all",
        "environment",
        '{"Fn::Join": ["-", [{Ref: AWSEBEnvironmentName}, secret-key]]}',
        "secret-key",
        "unnamed",
    ),
    ("no address of the database", "database", "    RDS_PORT:", "    RDS_PART:", "starts"),
    (
        "a property that nobody reads",
        "database",
        "    RDS_DB_NAME: andon\n",
        "    RDS_DB_NAME: andon\n    REDIS_HOST: x\n",
        "unread",
    ),
    (
        "a limit that is no number",
        "database",
        "    RDS_DB_NAME: andon\n",
        "    RDS_DB_NAME: andon\n    LANDING_STREAMS: many\n",
        "starts",
    ),
    ("no secret key", "environment", KEY, '    SECRET_KEYS: \'`{"Ref": "SecretKey"}`\'', "starts"),
    ("a secret key in the file", "environment", KEY, "    SECRET_KEY: " + "k" * 40, "confidential"),
    (
        "a password shown in the console",
        "database",
        "    RDS_DB_NAME: andon\n",
        "    RDS_DB_NAME: andon\n    RDS_PASSWORD: " + "p" * 20 + "\n",
        "confidential",
    ),
    (
        "a secret of nothing",
        "database-access",
        PASSWORD_SECRET,
        PASSWORD_SECRET.replace("DatabasePassword", "DatabasePasswort"),
        "E6101",
    ),
    (
        "a health check of the cache",
        "environment",
        "HealthCheckPath: /healthz",
        "HealthCheckPath: /readyz",
        "as_wanted",
    ),
    (
        "credentials for a forged GET",
        "environment",
        'DisableIMDSv1: "true"',
        'DisableIMDSv1: "false"',
        "as_wanted",
    ),
    (
        "instances without the group",
        "environment",
        'DisableIMDSv1: "true"',
        'DisableIMDSv1: "true"\n    DisableDefaultEC2SecurityGroup: "true"',
        "carried",
    ),
    (
        "an immutable kind under a rolling policy",
        "environment",
        "  aws:autoscaling:trigger:",
        f"{IMMUTABLE}\n  aws:autoscaling:trigger:",
        "one_kind",
    ),
    (
        "a database of Elastic Beanstalk's own",
        "environment",
        "  aws:autoscaling:trigger:",
        '  aws:rds:dbinstance:\n    HasCoupledDatabase: "true"\n\n  aws:autoscaling:trigger:',
        "known_options",
    ),
    (
        "a resource that no file makes",
        "database-access",
        "{Ref: DatabasePassword}",
        "{Ref: Word}",
        "made",
    ),
    ("a policy on every secret", "database-access", "{Ref: DatabasePassword}", '"*"', "exact"),
    ("all at once", "environment", "RollingWithAdditionalBatch", "AllAtOnce", "as_wanted"),
    ("logs that go", "environment", 'StreamLogs: "true"', 'StreamLogs: "false"', "as_wanted"),
    (
        "a misspelt option",
        "environment",
        "    UpperThreshold:",
        "    UpperTreshold:",
        "known_options",
    ),
    (
        "a misspelt namespace",
        "environment",
        "aws:autoscaling:trigger:",
        "aws:autoscaling:triggers:",
        "known_options",
    ),
    ("a single instance", "environment", 'MinSize: "2"', 'MinSize: "1"', "two_at_least"),
    ("no room to grow", "environment", 'MaxSize: "6"', 'MaxSize: "2"', "two_at_least"),
    (
        "a namespace twice",
        "environment",
        "  aws:autoscaling:trigger:",
        "  aws:autoscaling:asg:",
        "DuplicateKey",
    ),
    ("a migration everywhere", "migrate", LEADER, "", "migrated"),
    (
        "a migration with the wrong Python",
        "migrate",
        ". /var/app/venv/*/bin/activate && ",
        "",
        "migrated",
    ),
    ("a leader with a test", "migrate", LEADER, LEADER + "    test: 'true'\n", "migrated"),
    ("no migration", "migrate", "flask --app application migrate", "true", "migrated"),
]


@pytest.mark.parametrize(
    ("file", "old", "new", "rule"), [row[1:] for row in DEFECTS], ids=[row[0] for row in DEFECTS]
)
def test_a_fault_planted_in_the_environment_is_caught(
    tmp_path: Path, file: str, old: str, new: str, rule: str
) -> None:
    assert breaks(rule, plant(tmp_path, EXTENSIONS / f"{file}.config", old, new))


def test_what_eb_create_sets_itself_is_told(tmp_path: Path) -> None:
    kind = "    InstanceType: m7g.large\n"
    files = plant(tmp_path, EXTENSIONS / "environment.config", '    DisableIMDSv1: "true"\n', kind)

    assert "`eb create` sets InstanceType itself, so the one in the files does not hold." in plan(
        deployed(files), []
    )


def test_every_rule_of_ours_is_shown_to_fail() -> None:
    shown = {row[3] for row in CACHE_DEFECTS} | {row[4] for row in (*DEFECTS, *OPTION_DEFECTS)}

    assert rules.ALL.keys() <= shown
