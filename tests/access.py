"""What the application's user of the deployed cache may do: the tests' processes may do no more."""

from pathlib import Path

from redis.exceptions import RedisError

from lab.deploycheck.strict import load
from lab.engines import USER, Valkey
from lab.shards import Cluster

FILE = Path(__file__).parents[1] / ".ebextensions" / "elasticache-access.config"


def access_string() -> str:
    """As the file has it that is deployed."""
    return str(load(FILE)["Resources"]["CacheUser"]["Properties"]["AccessString"])


def narrowed(cluster: Cluster) -> str:
    """The cluster's URL for that user, who is made known to each node."""
    for node in cluster.nodes:
        node.ask("ACL", "SETUSER", USER, f">{node.password}", *access_string().split())
    return cluster.url.replace("valkey://:", f"valkey://{USER}:")


def refused(valkey: Valkey) -> list[str]:
    """What was asked for and refused, noticed or not; nothing of a server that is off."""
    try:
        with valkey.client() as client:
            return [entry["object"] for entry in client.acl_log()]
    except RedisError:
        return []
