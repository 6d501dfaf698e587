"""What the resources of a deployment cost a month, roughly, by our own table."""

from lab.deploycheck.prices import (
    ALARM_MONTH,
    BALANCER_HOUR,
    GP3_GIGABYTE_MONTH,
    HOURS,
    INSTANCE,
    NODE_HOURS,
    SECRET_MONTH,
    SERVERLESS_GIGABYTE_HOUR,
    SERVERLESS_LEAST_GIGABYTES,
)
from lab.deploycheck.rules.reading import (
    DATABASE,
    FUNCTION,
    GROUP,
    NODES,
    SERVERLESS,
    nodes_a_shard,
    shards,
)
from lab.deploycheck.strict import Tree
from lab.deploycheck.synthesis import Deployment

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
    rows += [(f"{name}: by what it lands", None) for name in deployment.of_type(FUNCTION)]
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
