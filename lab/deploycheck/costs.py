"""What the resources cost a month, roughly: a table of ours, dated, from memory of a price list.

For us-east-1, on demand, without taxes, traffic, requests and storage beyond what is created. It is
there to see a factor of two coming; a bill is another thing.
"""

from lab.deploycheck.rules.reading import (
    DATABASE,
    GROUP,
    NODES,
    SERVERLESS,
    nodes_a_shard,
    shards,
)
from lab.deploycheck.strict import Tree
from lab.deploycheck.synthesis import Deployment

WRITTEN = "2026-11-25"
HOURS = 730

# Dollars an hour, of one node or instance. A type that is not here is shown without a price.
NODE_HOURS = {
    "cache.t4g.micro": 0.0128,
    "cache.t4g.small": 0.0256,
    "cache.t4g.medium": 0.052,
    "cache.m7g.large": 0.126,
    "cache.r7g.large": 0.175,
    "db.t4g.micro": 0.016,
    "db.t4g.small": 0.032,
    "db.t4g.medium": 0.065,
    "db.m7g.large": 0.168,
    "t3.micro": 0.0104,
    "t3.small": 0.0208,
    "t3.medium": 0.0416,
}
# Of Valkey: a gigabyte that is stored, and the least that is counted; commands come on top.
SERVERLESS_GIGABYTE_HOUR = 0.084
SERVERLESS_LEAST_GIGABYTES = 0.1
ALARM_MONTH = 0.10
BALANCER_HOUR = 0.0225
SECRET_MONTH = 0.40
GP3_GIGABYTE_MONTH = 0.115
INSTANCE = "t3.small"

# An unknown price is None, never nought.
Price = float | None


def monthly(deployment: Deployment) -> list[tuple[str, Price]]:
    """What is paid for, and how much a month."""
    rows: list[tuple[str, Price]] = []
    for name, group in deployment.of_type(GROUP).items():
        nodes = shards(group) * nodes_a_shard(group)
        rows.append((f"{name}: {nodes} x {group['CacheNodeType']}", _hourly(group, nodes)))
    for name, cluster in deployment.of_type(NODES).items():
        nodes = int(cluster["NumCacheNodes"])
        rows.append((f"{name}: {nodes} x {cluster['CacheNodeType']}", _hourly(cluster, nodes)))
    for name, cache in deployment.of_type(SERVERLESS).items():
        rows.append(_serverless(name, cache))
    for name, database in deployment.of_type(DATABASE).items():
        rows.append(_database(name, database))
    secrets = len(deployment.of_type("AWS::SecretsManager::Secret"))
    if secrets:
        rows.append((f"{secrets} secrets", secrets * SECRET_MONTH))
    alarms = len(deployment.of_type("AWS::CloudWatch::Alarm"))
    if alarms:
        rows.append((f"{alarms} alarms", alarms * ALARM_MONTH))
    fewest = int(deployment.settings.get("aws:autoscaling:asg", {}).get("MinSize", 1))
    rows.append(
        (f"{fewest} x {INSTANCE}, as `eb create -i {INSTANCE}`", _machines(INSTANCE, fewest))
    )
    rows.append(("the load balancer", BALANCER_HOUR * HOURS))
    return rows


def _serverless(name: str, cache: Tree) -> tuple[str, Price]:
    most = cache.get("CacheUsageLimits", {}).get("DataStorage", {}).get("Maximum", "no limit")
    least = SERVERLESS_LEAST_GIGABYTES
    price = least * SERVERLESS_GIGABYTE_HOUR * HOURS
    return f"{name}: {least} GB at least, {most} at most, and its commands", price


def _database(name: str, database: Tree) -> tuple[str, Price]:
    copies = 2 if str(database.get("MultiAZ")).lower() == "true" else 1
    kind, size = database["DBInstanceClass"], int(database["AllocatedStorage"])
    running = _machines(kind, copies)
    price = None if running is None else running + copies * size * GP3_GIGABYTE_MONTH
    return f"{name}: {copies} x {kind}, {size} GB", price


def _hourly(cluster: Tree, nodes: int) -> Price:
    return _machines(cluster["CacheNodeType"], nodes)


def _machines(kind: str, count: int) -> Price:
    hour = NODE_HOURS.get(kind)
    return None if hour is None else hour * count * HOURS
