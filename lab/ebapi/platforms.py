"""The platforms that Elastic Beanstalk offers; here it is the one that Andon is made for."""

from collections.abc import Mapping

from lab.ebapi.query import Action, Asked, Refusal, Tree

BRANCH = "Python 3.13 running on 64bit Amazon Linux 2023"
VERSION = "4.7.2"
STACK = f"64bit Amazon Linux 2023 v{VERSION} running Python 3.13"


def actions() -> dict[str, Action]:
    return {
        "ListAvailableSolutionStacks": _solution_stacks,
        "ListPlatformBranches": _branches,
        "ListPlatformVersions": _versions,
        "DescribePlatformVersion": _description,
    }


def arn(region: str) -> str:
    return f"arn:aws:elasticbeanstalk:{region}::platform/{BRANCH}/{VERSION}"


def of_request(asked: Asked) -> str:
    """The platform that an environment is to have, by whichever name it was given."""
    wanted = asked.optional("PlatformArn") or asked.optional("SolutionStackName")
    if wanted not in (arn(asked.region), STACK):
        raise Refusal("InvalidParameterValue", f"No platform named '{wanted}' found.")
    return arn(asked.region)


def _solution_stacks(_: Asked) -> Tree:
    return {"SolutionStacks": [STACK]}


def _branches(asked: Asked) -> Tree:
    branch = {
        "PlatformName": "Python",
        "BranchName": BRANCH,
        "LifecycleState": "Supported",
        "BranchOrder": "1",
        "SupportedTierList": ["WebServer/Standard", "Worker/SQS/HTTP"],
    }
    return {"PlatformBranchSummaryList": _passing(branch, asked.members("Filters"))}


def _versions(asked: Asked) -> Tree:
    filters = asked.members("Filters")
    return {"PlatformSummaryList": _passing(_version(asked.region), filters)}


def _description(asked: Asked) -> Tree:
    if asked.text("PlatformArn") != arn(asked.region):
        raise Refusal("ResourceNotFoundException", "No such platform.", status=404)
    return {"PlatformDescription": _version(asked.region) | {"SolutionStackName": STACK}}


def _version(region: str) -> Tree:
    return {
        "PlatformArn": arn(region),
        "PlatformName": BRANCH,
        "PlatformOwner": "AWSElasticBeanstalk",
        "PlatformStatus": "Ready",
        "PlatformCategory": "Python",
        "OperatingSystemName": "Amazon Linux",
        "OperatingSystemVersion": "2023",
        "PlatformVersion": VERSION,
        "PlatformLifecycleState": "Recommended",
        "PlatformBranchName": BRANCH,
        "PlatformBranchLifecycleState": "Supported",
    }


def _passing(one: Tree, filters: list[Mapping[str, object]]) -> list[Tree]:
    """The one there is, unless a filter keeps it back."""
    for each in filters:
        value = one.get(str(each.get("Attribute") or each.get("Type")))
        values, operator = each.get("Values"), each.get("Operator")
        if not isinstance(values, list) or operator not in ("=", "!="):
            raise Refusal("InvalidParameterValue", f"The filter {dict(each)} is not understood.")
        if (value in values) is (operator == "!="):
            return []
    return [one]
