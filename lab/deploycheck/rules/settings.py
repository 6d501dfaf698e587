"""Option settings: known to Elastic Beanstalk, within its limits, and as a plant needs them."""

import re
from collections.abc import Iterator

from lab.deploycheck.rules.reading import Fault, said
from lab.deploycheck.strict import Tree
from lab.deploycheck.synthesis import CUSTOM_OPTIONS, ENVIRONMENT, SECRETS, Deployment

# Elastic Beanstalk's own limits for environment properties.
PROPERTY_NAME = re.compile(r"[A-Za-z_][\w.:/+\-@]{0,127}", re.ASCII)
PROPERTY_CHARACTERS = re.compile(r"[\w\s.:/=+\\\-@'\"]*", re.ASCII)
PROPERTIES_BYTES = 4096

FEWEST_INSTANCES = 2

# The options that we know of. The service has a list only for an environment that exists; an
# unknown name makes it refuse the file, or worse, ignore it.
KNOWN = {
    "aws:autoscaling:asg": {"Availability Zones", "Cooldown", "MaxSize", "MinSize"},
    "aws:autoscaling:launchconfiguration": {
        *("DisableIMDSv1", "IamInstanceProfile", "InstanceType", "RootVolumeSize"),
        *("RootVolumeType", "SecurityGroups", "DisableDefaultEC2SecurityGroup"),
    },
    "aws:autoscaling:trigger": {
        *("BreachDuration", "EvaluationPeriods", "LowerBreachScaleIncrement", "LowerThreshold"),
        *("MeasureName", "Period", "Statistic", "Unit", "UpperBreachScaleIncrement"),
        "UpperThreshold",
    },
    "aws:autoscaling:updatepolicy:rollingupdate": {
        *("MaxBatchSize", "MinInstancesInService", "PauseTime", "RollingUpdateEnabled"),
        *("RollingUpdateType", "Timeout"),
    },
    "aws:ec2:instances": {"EnableSpot", "InstanceTypes", "SupportedArchitectures"},
    "aws:ec2:vpc": {*("AssociatePublicIpAddress", "ELBScheme", "ELBSubnets", "Subnets", "VPCId")},
    "aws:elasticbeanstalk:application": {"Application Healthcheck URL"},
    "aws:elasticbeanstalk:cloudwatch:logs": {"DeleteOnTerminate", "RetentionInDays", "StreamLogs"},
    "aws:elasticbeanstalk:cloudwatch:logs:health": {
        *("DeleteOnTerminate", "HealthStreamingEnabled", "RetentionInDays"),
    },
    "aws:elasticbeanstalk:command": {
        *("BatchSize", "BatchSizeType", "DeploymentPolicy", "IgnoreHealthCheck", "Timeout"),
    },
    "aws:elasticbeanstalk:environment": {"EnvironmentType", "LoadBalancerType", "ServiceRole"},
    "aws:elasticbeanstalk:environment:process:default": {
        *("DeregistrationDelay", "HealthCheckInterval", "HealthCheckPath", "HealthCheckTimeout"),
        *("HealthyThresholdCount", "MatcherHTTPCode", "Port", "Protocol", "StickinessEnabled"),
        "UnhealthyThresholdCount",
    },
    "aws:elasticbeanstalk:environment:proxy": {"ProxyServer"},
    "aws:elasticbeanstalk:healthreporting:system": {
        *("ConfigDocument", "EnhancedHealthAuthEnabled", "HealthCheckSuccessThreshold"),
        "SystemType",
    },
    "aws:elasticbeanstalk:managedactions": {"ManagedActionsEnabled", "PreferredStartTime"},
    "aws:elasticbeanstalk:managedactions:platformupdate": {
        *("InstanceRefreshEnabled", "UpdateLevel"),
    },
    "aws:elbv2:listener:443": {
        *("DefaultProcess", "ListenerEnabled", "Protocol", "SSLCertificateArns", "SSLPolicy"),
    },
    "aws:elbv2:loadbalancer": {
        *("AccessLogsS3Bucket", "AccessLogsS3Enabled", "IdleTimeout", "SecurityGroups"),
    },
}
# Whose options bear names that we or the engineer choose.
FREE = {CUSTOM_OPTIONS, ENVIRONMENT, SECRETS, "aws:elasticbeanstalk:environment:proxy:staticfiles"}

# What the EB CLI sets itself when it creates an environment, which wins over any file. The instance
# type is the one that was asked for, if any. `make eb-client` holds this to the real client.
CLI_WINS: dict[str, dict[str, str | None]] = {
    "aws:autoscaling:launchconfiguration": {
        "IamInstanceProfile": "aws-elasticbeanstalk-ec2-role",
        "InstanceType": None,
    },
    "aws:autoscaling:updatepolicy:rollingupdate": {
        "RollingUpdateType": "Health",
        "RollingUpdateEnabled": "true",
    },
    "aws:elasticbeanstalk:command": {"BatchSize": "30", "BatchSizeType": "Percentage"},
    "aws:elasticbeanstalk:environment": {
        "LoadBalancerType": "application",
        "ServiceRole": "aws-elasticbeanstalk-service-role",
    },
    "aws:elasticbeanstalk:healthreporting:system": {"SystemType": "enhanced"},
    # Of the Classic balancer, whatever balancer there is.
    "aws:elb:loadbalancer": {"CrossZone": "true"},
    "aws:elb:policies": {"ConnectionDrainingEnabled": "true"},
}

# Each option that must be as said, and what happens otherwise.
WANTED: tuple[tuple[str, str, set[str], str], ...] = (
    (
        "aws:elasticbeanstalk:environment:process:default",
        "HealthCheckPath",
        {"/healthz"},
        "asks more than whether the process is alive, so a cache that is away ends all instances",
    ),
    (
        "aws:autoscaling:launchconfiguration",
        "DisableIMDSv1",
        {"true"},
        "lets a forged request from the application fetch the instance's credentials",
    ),
    (
        "aws:elasticbeanstalk:command",
        "DeploymentPolicy",
        {"RollingWithAdditionalBatch", "Immutable"},
        "takes instances out of service while it deploys",
    ),
    (
        "aws:elasticbeanstalk:cloudwatch:logs",
        "StreamLogs",
        {"true"},
        "lets the logs go with their instance",
    ),
    (
        "aws:elasticbeanstalk:environment",
        "LoadBalancerType",
        {"application"},
        "is a balancer that the redirect and the health check here do not fit",
    ),
)


def property_limits(deployment: Deployment) -> Iterator[Fault]:
    total = 0
    for name, value in (deployment.properties | deployment.secrets).items():
        text = said(value, deployment)
        # Whether the limit counts the expression or its result is not documented: the longer one.
        total += len(name) + 1 + max(len(text.encode()), len(str(value).encode()))
        if not PROPERTY_NAME.fullmatch(name) or not PROPERTY_CHARACTERS.fullmatch(text):
            yield name, "holds what a property must not"
    if total > PROPERTIES_BYTES:
        yield "environment", f"takes {total} bytes of {PROPERTIES_BYTES}"


def known_options(deployment: Deployment) -> Iterator[Fault]:
    for namespace, options in deployment.settings.items():
        if namespace in FREE:
            continue
        if namespace not in KNOWN:
            yield namespace, "is a namespace that we do not know"
            continue
        for name in sorted(options.keys() - KNOWN[namespace]):
            yield name, f"is no option of {namespace} that we know"


def as_wanted(deployment: Deployment) -> Iterator[Fault]:
    for namespace, name, values, otherwise in WANTED:
        value = deployment.settings.get(namespace, {}).get(name)
        if _text(value) not in values:
            yield name, f"is {value}; that {otherwise}"


def one_kind(deployment: Deployment) -> Iterator[Fault]:
    """An immutable kind of update would make every deployment immutable, whatever its policy."""
    kind = deployment.settings.get("aws:autoscaling:updatepolicy:rollingupdate", {})
    policy = deployment.settings.get("aws:elasticbeanstalk:command", {}).get("DeploymentPolicy")
    if kind.get("RollingUpdateType") == "Immutable" != policy:
        yield "RollingUpdateType", f"is Immutable, and then {policy} does not hold"


def certificate(deployment: Deployment) -> Iterator[Fault]:
    """Who listens for HTTPS has a certificate, and speaks no TLS of old."""
    listener: Tree = deployment.settings.get("aws:elbv2:listener:443", {})
    if not listener:
        return
    if not str(listener.get("SSLCertificateArns")).startswith("arn:"):
        yield "SSLCertificateArns", "is no ARN of a certificate"
    if "TLS13" not in str(listener.get("SSLPolicy")):
        yield "SSLPolicy", "lets in versions of TLS that are no longer safe"


def two_at_least(deployment: Deployment) -> Iterator[Fault]:
    """One instance more than may be lost, and room to grow."""
    group: Tree = deployment.settings.get("aws:autoscaling:asg", {})
    fewest, most = int(group.get("MinSize", 1)), int(group.get("MaxSize", 4))
    if fewest < FEWEST_INSTANCES:
        yield "MinSize", "leaves nobody to answer when one instance fails"
    if most <= fewest:
        yield "MaxSize", "leaves no room for a batch more"


def _text(value: object) -> str:
    """A value as the API has it: YAML's booleans become words."""
    return str(value).lower() if isinstance(value, bool) else str(value)


RULES = (property_limits, known_options, as_wanted, one_kind, certificate, two_at_least)
