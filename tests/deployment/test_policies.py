"""Whoever deploys may make what the files make: CloudFormation's schemas say what that takes."""

import json
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from lab.deploycheck.changes import REGION
from tests.deployment.planting import OPTIONS, chosen, deployed

POLICIES = {path.stem: path for path in (OPTIONS / "policies").glob("*.json")}
# What a schema lists for uses that none of our files makes.
UNUSED = re.compile(
    r"(kms|firehose|s3|s3files|cognito-idp|elasticfilesystem|codeconnections|kafka):"  # others'
    r"|iam:\w+(User|Group)Policy|iam:ListRoles"  # a policy of ours is a role's
    r"|logs:(\w*(Kms|DataProtection|Index|Bearer)\w*|PutLogEvents|CreateLogStream)"
    r"|logs:PutLogGroupDeletionProtection|sns:\w+DataProtectionPolicy"
    r"|rds:(\w*Replica\w*|Restore\w+|\w*RoleToDB\w+|RemoveRole\w+|\w*Backups\w*|\w*DBCluster\w*)"
    r"|secretsmanager:\w*Region\w*|ec2:DescribeAccountAttributes"
    r"|lambda:\w*(Layer|CodeSigning|Recursion|ScalingConfig|CapacityProvider|DurableExecution)\w*"
)
HANDLERS = ("create", "read", "update", "delete")


def allowed() -> set[str]:
    return {action for path in POLICIES.values() for action in actions(path)}


def actions(path: Path) -> list[str]:
    statements = json.loads(path.read_text(encoding="utf-8"))["Statement"]
    found = (statement["Action"] for statement in statements)
    return [one for some in found for one in ([some] if isinstance(some, str) else some)]


def taken(kinds: Iterable[str]) -> set[str]:
    """What CloudFormation does with the caller's rights to resources of these types."""
    found = set()
    for kind in kinds:
        schema: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
        handlers = schema.get("handlers", {})
        for handler in HANDLERS:
            found |= set(handlers.get(handler, {}).get("permissions", []))
    # A role is passed by who makes the function; an instance of RDS is given none.
    passing = set() if any("Lambda" in kind for kind in kinds) else {"iam:PassRole"}
    return {action for action in found if not UNUSED.match(action)} - passing


@pytest.mark.parametrize("name", sorted(path.stem for path in OPTIONS.glob("*.config")))
def test_whoever_deploys_may_make_all_that_an_option_makes(tmp_path: Path, name: str) -> None:
    kinds = {resource["Type"] for resource in deployed(chosen(tmp_path, name)).ours().values()}
    given = allowed()

    missing = {
        action
        for action in taken(kinds)
        if not any(fnmatchcase(action, pattern) for pattern in given)
    }
    assert missing == set()


@pytest.mark.parametrize("path", POLICIES.values(), ids=POLICIES)
def test_a_policy_is_one_that_iam_takes_and_gives_no_service_away(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    policy = json.loads(text)

    assert policy["Version"] == "2012-10-17"
    assert {statement["Effect"] for statement in policy["Statement"]} == {"Allow"}
    assert all(re.fullmatch(r"[a-z\d-]+:[A-Z]\w+", action) for action in actions(path))
    # The most that IAM takes; blanks do not count.
    assert len(re.sub(r"\s", "", text)) <= 6144


def test_roles_are_changed_and_passed_by_name_only() -> None:
    statements = [
        statement
        for path in POLICIES.values()
        for statement in json.loads(path.read_text(encoding="utf-8"))["Statement"]
        if "iam:" in str(statement["Action"])
    ]

    assert all(":role/" in str(one["Resource"]) or "Condition" in one for one in statements)
