"""IAM: the roles and the instance profile that `eb create` makes where there are none."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

from lab.ebapi.applications import ACCOUNT
from lab.ebapi.query import Action, Asked, Refusal, Tree


@dataclass(slots=True)
class Role:
    name: str
    trust: str
    created_at: datetime
    policies: list[str] = field(default_factory=list)


class Roles:
    """Roles with their policies, and profiles with their roles."""

    def __init__(self) -> None:
        self.roles: dict[str, Role] = {}
        self.profiles: dict[str, list[str]] = {}

    def actions(self) -> dict[str, Action]:
        return {
            "CreateInstanceProfile": self._create_profile,
            "AddRoleToInstanceProfile": self._add_role,
            "CreateRole": self._create_role,
            "GetRole": self._get_role,
            "ListRoles": self._list_roles,
            "AttachRolePolicy": self._attach_policy,
            "ListAttachedRolePolicies": self._list_policies,
        }

    def _create_profile(self, asked: Asked) -> Tree:
        name = asked.text("InstanceProfileName")
        if name in self.profiles:
            raise _taken("Instance Profile", name)
        self.profiles[name] = []
        profile = {
            "InstanceProfileName": name,
            "InstanceProfileId": f"profile-{name}",
            "Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/{name}",
            "Path": "/",
            "Roles": [],
            "CreateDate": datetime.now(UTC),
        }
        return {"InstanceProfile": profile}

    def _add_role(self, asked: Asked) -> Tree:
        roles = self.profiles.get(asked.text("InstanceProfileName"))
        if roles is None:
            raise _missing("Instance Profile", asked.text("InstanceProfileName"))
        if roles:
            raise Refusal(
                "LimitExceeded",
                "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
                status=409,
            )
        roles.append(self._find(asked).name)
        return {}

    def _create_role(self, asked: Asked) -> Tree:
        name = asked.text("RoleName")
        if name in self.roles:
            raise _taken("Role", name)
        trust = asked.text("AssumeRolePolicyDocument")
        self.roles[name] = Role(name, trust, datetime.now(UTC))
        return {"Role": _shown(self.roles[name])}

    def _get_role(self, asked: Asked) -> Tree:
        return {"Role": _shown(self._find(asked))}

    def _list_roles(self, asked: Asked) -> Tree:
        roles = [_shown(role) for role in self.roles.values()]
        return {"Roles": roles, "IsTruncated": False}

    def _attach_policy(self, asked: Asked) -> Tree:
        self._find(asked).policies.append(asked.text("PolicyArn"))
        return {}

    def _list_policies(self, asked: Asked) -> Tree:
        policies = [
            {"PolicyArn": arn, "PolicyName": arn.rpartition("/")[2]}
            for arn in self._find(asked).policies
        ]
        return {"AttachedPolicies": policies, "IsTruncated": False}

    def _find(self, asked: Asked) -> Role:
        name = asked.text("RoleName")
        if name not in self.roles:
            raise _missing("Role", name)
        return self.roles[name]


def _shown(role: Role) -> Tree:
    return {
        "RoleName": role.name,
        "RoleId": f"role-{role.name}",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/{role.name}",
        "Path": "/",
        "CreateDate": role.created_at,
        # IAM gives documents URL-encoded, and botocore decodes them.
        "AssumeRolePolicyDocument": quote(role.trust),
    }


def _taken(what: str, name: str) -> Refusal:
    return Refusal("EntityAlreadyExists", f"{what} {name} already exists.", status=409)


def _missing(what: str, name: str) -> Refusal:
    return Refusal("NoSuchEntity", f"{what} {name} cannot be found.", status=404)
