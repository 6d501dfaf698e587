"""PostgreSQL: outlives the environment, backed up, private, and its password in no file."""

from collections.abc import Iterator

from lab.deploycheck.rules.reading import (
    DATABASE,
    INGRESS,
    SECURITY_GROUP,
    Fault,
    attribute_of,
    policies,
    references,
    referred,
    resources_of,
    said,
    statements,
)
from lab.deploycheck.synthesis import Deployment

FEWEST_BACKUP_DAYS = 7


def outlives(deployment: Deployment) -> Iterator[Fault]:
    """The database stays when the environment goes, and so does all it stands in.

    A group that is deleted under a retained database leaves a stack that cannot be deleted.
    """
    resources = deployment.ours()
    for name in deployment.of_type(DATABASE):
        for needed in sorted({name} | (references(resources[name]) & resources.keys())):
            if policies(deployment, needed) != ("Retain", "Retain"):
                yield needed, "goes with the environment, and the database with it"


def lets_go(deployment: Deployment) -> Iterator[Fault]:
    """What stays speaks of nothing that goes: a rule would keep the application's group alive."""
    groups = {
        referred(lock)
        for database in deployment.of_type(DATABASE).values()
        for lock in database.get("VPCSecurityGroups", [])
    }
    for name, group in deployment.of_type(SECURITY_GROUP).items():
        if name in groups and group.get("SecurityGroupIngress"):
            yield name, "holds a rule on the application's group, which then cannot be deleted"
    for name in deployment.of_type(INGRESS):
        if "Retain" in policies(deployment, name):
            yield name, "stays, and the application's group can then not be deleted"


def backed_up(deployment: Deployment) -> Iterator[Fault]:
    for name, database in deployment.of_type(DATABASE).items():
        if int(database.get("BackupRetentionPeriod", 1)) < FEWEST_BACKUP_DAYS:
            yield name, f"keeps backups for less than {FEWEST_BACKUP_DAYS} days"
        if database.get("DeletionProtection") is not True:
            yield name, "can be deleted by one command"


def private(deployment: Deployment) -> Iterator[Fault]:
    for name, database in deployment.of_type(DATABASE).items():
        if database.get("PubliclyAccessible") is not False:
            yield name, "may have a public address"
        if not database.get("DBSubnetGroupName"):
            yield name, "stands in whatever subnets the account has"


def signed_in(deployment: Deployment) -> Iterator[Fault]:
    """Its password is made in Secrets Manager, and tokens are an alternative."""
    for name, database in deployment.of_type(DATABASE).items():
        password = str(database.get("MasterUserPassword", ""))
        if "{{resolve:secretsmanager:" not in password:
            yield name, "has its password elsewhere than in Secrets Manager"
        if database.get("EnableIAMDatabaseAuthentication") is not True:
            yield name, "takes no IAM tokens"


def family(deployment: Deployment) -> Iterator[Fault]:
    groups = deployment.of_type("AWS::RDS::DBParameterGroup")
    for name, database in deployment.of_type(DATABASE).items():
        wanted = f"postgres{str(database.get('EngineVersion')).split('.')[0]}"
        found = groups.get(referred(database.get("DBParameterGroupName")), {})
        if found.get("Family") != wanted:
            yield name, f"needs parameters of {wanted}"
        if str(found.get("Parameters", {}).get("rds.force_ssl")) != "1":
            yield name, "lets clients talk in clear"


def by_token(deployment: Deployment) -> Iterator[Fault]:
    """Who signs in by token may, is not the owner, and tells it to nobody but the database."""
    if "DATABASE_IAM" not in deployment.properties:
        return
    user = said(deployment.properties.get("RDS_USERNAME", ""), deployment)
    for name, database in deployment.of_type(DATABASE).items():
        if user == database.get("MasterUsername"):
            yield name, "would refuse its owner's password once the owner may bring tokens"
        wanted = f":dbuser:{attribute_of(deployment, name, 'DbiResourceId')}/{user}"
        found = [
            arn
            for _, statement in statements(deployment, "rds-db:connect")
            for arn in resources_of(statement, deployment)
        ]
        if not any(arn.endswith(wanted) for arn in found):
            yield name, f"is not in a policy that allows rds-db:connect as {user}"
    if "RDS_PASSWORD" in deployment.secrets:
        yield "RDS_PASSWORD", "is handed out, and tokens are used"
    if deployment.properties.get("PGSSLMODE") != "verify-full":
        yield "PGSSLMODE", "is not verify-full, so a token may go to anybody"
    if deployment.properties.get("PGSSLROOTCERT") not in deployment.files:
        yield "PGSSLROOTCERT", "is no file that is put there"


RULES = (outlives, lets_go, backed_up, private, signed_in, family, by_token)
