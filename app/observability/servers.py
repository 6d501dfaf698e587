"""What a Redis or Valkey server says of itself; of a cluster, each primary."""

from typing import Any, NamedTuple


class Server(NamedTuple):
    """One server: totals since it started, and what is true now (bytes, where it says nothing)."""

    name: str
    version: str
    memory: int
    # 0: no limit.
    memory_limit: int
    evicted: int
    commands: int
    clients: int
    replicas: int
    # By how much the replica that is furthest behind is behind; None without one.
    replica_lag: int | None


def servers(client: Any) -> list[Server]:  # noqa: ANN401 (redis-py's, of a server or a cluster)
    """Every server behind the client that takes writes."""
    if not hasattr(client, "get_primaries"):
        return [_server("cache", client.info())]
    told = client.info(target_nodes=client.PRIMARIES)
    return [_server(name, info) for name, info in sorted(told.items())]


def _server(name: str, info: dict[str, Any]) -> Server:
    at = int(info.get("master_repl_offset", 0))
    # `slave0`, `slave1`, …: each says up to where it has read what this one wrote.
    replicas = [
        int(value["offset"])
        for key, value in info.items()
        if key.startswith("slave") and isinstance(value, dict) and "offset" in value
    ]
    return Server(
        name=name,
        version=str(info.get("valkey_version") or info.get("redis_version", "?")),
        memory=int(info.get("used_memory", 0)),
        memory_limit=int(info.get("maxmemory", 0)),
        evicted=int(info.get("evicted_keys", 0)),
        commands=int(info.get("total_commands_processed", 0)),
        clients=int(info.get("connected_clients", 0)),
        replicas=len(replicas),
        replica_lag=max((at - offset for offset in replicas), default=None),
    )
