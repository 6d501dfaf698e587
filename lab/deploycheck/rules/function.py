"""The function that lands what comes by SQS: the same streams, the cache alone, nothing lost.

As for the application, its own settings decide: they are built from what it would be given.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields

from app.config import Config, ConfigError, IngestConfig
from lab.deploycheck.rules.environment import Given, given
from lab.deploycheck.rules.reading import (
    FUNCTION,
    INGRESS,
    QUEUE,
    REGION,
    USER,
    Fault,
    arn_of,
    cache_of,
    references,
    referred,
    resources_of,
    said,
)
from lab.deploycheck.strict import Tree
from lab.deploycheck.synthesis import Deployment

MAPPING = "AWS::Lambda::EventSourceMapping"
ROLE = "AWS::IAM::Role"
# Lambda's own rule: by then it has given up on the first call, and on those it turned away.
TIMES = 6
FEWEST_TRIES = 5
LONGEST_RETENTION = 1_209_600
# What no narrower resource can be named for: Lambda asks before there is an interface.
OF_ALL = "ec2:"


def lands(deployment: Deployment) -> Iterator[Fault]:
    """A function finds the way to the very streams that the application drains."""
    with suppress(ConfigError):  # `starts` speaks of the application's
        drained = Config.from_environment(given(deployment))
        for name, function in deployment.of_type(FUNCTION).items():
            yield from _lands(name, _told(function, deployment), drained)


def _lands(name: str, told: Given, drained: Config) -> Iterator[Fault]:
    try:
        landing = IngestConfig.from_environment(told)
    except ConfigError as error:
        yield name, f"does not start: {error}"
        return
    for field in fields(IngestConfig):
        if getattr(landing, field.name) != getattr(drained, field.name):
            yield name, f"has another {field.name} than the application"
    for variable in sorted(set(told) - told.asked):
        yield name, f"is told {variable}, which it does not read"


def _told(function: Tree, deployment: Deployment) -> Given:
    variables: Tree = function.get("Environment", {}).get("Variables", {})
    told = {variable: said(value, deployment) for variable, value in variables.items()}
    return Given(told | {"AWS_REGION": REGION})


def reaches(deployment: Deployment) -> Iterator[Fault]:
    """A function stands beside the cache, is let in there, and nowhere else."""
    cache: Tree = deployment.ours().get(cache_of(deployment, "CACHE_URL"), {}).get("Properties", {})
    doors = {referred(lock) for lock in cache.get("SecurityGroupIds", [])}
    group: Tree = deployment.of_type("AWS::ElastiCache::SubnetGroup").get(
        referred(cache.get("CacheSubnetGroupName")), cache
    )
    for name, function in deployment.of_type(FUNCTION).items():
        network: Tree = function.get("VpcConfig", {})
        if network.get("SubnetIds") != group.get("SubnetIds"):
            yield name, "stands in other subnets than the cache"
        opened = {
            referred(entry.get("GroupId"))
            for entry in deployment.of_type(INGRESS).values()
            if entry.get("SourceSecurityGroupId") in network.get("SecurityGroupIds", [])
        }
        if not opened & doors:
            yield name, "is not let in by the cache"
        if opened - doors:
            yield name, "is let in by more than the cache"


def redelivered(deployment: Deployment) -> Iterator[Fault]:
    """What did not land comes again, on its own and often enough, and is then kept."""
    queues, functions = deployment.of_type(QUEUE), deployment.of_type(FUNCTION)
    for name, mapping in deployment.of_type(MAPPING).items():
        queue = queues.get(referred(mapping.get("EventSourceArn")), {})
        function = functions.get(referred(mapping.get("FunctionName")), {})
        window = int(mapping.get("MaximumBatchingWindowInSeconds", 0))
        if int(queue.get("VisibilityTimeout", 30)) < TIMES * int(function["Timeout"]) + window:
            yield name, "gives a message again while the function may still be landing it"
        if mapping.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield name, "gives all messages again where one did not land"
        if "ReservedConcurrentExecutions" in function:
            yield name, "counts what Lambda turns away as received; bound the mapping instead"
        redrive: Tree = queue.get("RedrivePolicy", {})
        if int(redrive.get("maxReceiveCount", 0)) < FEWEST_TRIES:
            yield name, f"gives up before it tried {FEWEST_TRIES} times"
        kept = queues.get(referred(redrive.get("deadLetterTargetArn")), {})
        if kept.get("MessageRetentionPeriod") != LONGEST_RETENTION:
            yield name, "does not keep for 14 days what could not land"


def guarded(deployment: Deployment) -> Iterator[Fault]:
    """A queue is encrypted, takes nothing in clear, and lets nobody in by itself."""
    tls_only: set[str] = set()
    for name, policy in deployment.of_type("AWS::SQS::QueuePolicy").items():
        for entry in policy["PolicyDocument"]["Statement"]:
            if entry["Effect"] == "Allow":
                yield name, "lets in who has no policy of this account that says so"
            elif "SecureTransport" in str(entry.get("Condition")):
                tls_only |= references(entry["Resource"]) & references(policy["Queues"])
    for name, queue in deployment.of_type(QUEUE).items():
        if queue.get("SqsManagedSseEnabled") is not True:
            yield name, "keeps its messages in clear"
        if name not in tls_only:
            yield name, "takes messages in clear"


def least(deployment: Deployment) -> Iterator[Fault]:
    """A role of ours names each action, and what it is for."""
    for name, role in deployment.of_type(ROLE).items():
        if "ManagedPolicyArns" in role:
            yield name, "takes rights that a file of AWS's lists"
        for policy in role.get("Policies", []):
            for entry in policy["PolicyDocument"]["Statement"]:
                actions = (
                    entry["Action"] if isinstance(entry["Action"], list) else [entry["Action"]]
                )
                if any("*" in action for action in actions):
                    yield name, "may do more than is named"
                everything = "*" in str(entry["Resource"])
                if everything and not all(action.startswith(OF_ALL) for action in actions):
                    yield name, "may do it to anything"


def connects(deployment: Deployment) -> Iterator[Fault]:
    """A function may connect to the cache, and be its user; either alone is refused."""
    roles = deployment.of_type(ROLE)
    wanted = {cache_of(deployment, "CACHE_URL"), *deployment.of_type(USER)}
    for name, function in deployment.of_type(FUNCTION).items():
        policies = roles.get(referred(function.get("Role")), {}).get("Policies", [])
        found = {
            arn
            for policy in policies
            for entry in policy["PolicyDocument"]["Statement"]
            if entry["Action"] == "elasticache:Connect"
            for arn in resources_of(entry, deployment)
        }
        if not {arn_of(deployment, each) for each in wanted} <= found:
            yield name, "is let in by no policy that allows elasticache:Connect"


def brought(deployment: Deployment) -> Iterator[Fault]:
    """The code is brought by one instance, after the schema, with the application's own Python."""
    names = [name for name, step in deployment.commands.items() if "deploy-function" in str(step)]
    if deployment.of_type(FUNCTION) and not names:
        yield "container_commands", "bring the function no code"
    before = [name for name, step in deployment.commands.items() if "migrate" in str(step)]
    for name in names:
        step = deployment.commands[name]
        if step.get("leader_only") is not True or "/var/app/venv/" not in step["command"]:
            yield name, "is not run by one instance with the application's own packages"
        if any(name < other for other in before):
            yield name, "brings the code before the schema is there"


RULES = (lands, connects, reaches, redelivered, guarded, least, brought)
