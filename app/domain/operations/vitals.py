"""The whole at one moment: what each part says of itself, and the numbers that are kept of it."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.cache import SPARED, Counts, Store, counts
from app.observability.servers import Server, servers
from app.streams import Client, Landing, Standing

_DATABASE = text("""
SELECT d.xact_commit + d.xact_rollback AS transactions, d.numbackends AS connections,
       (SELECT count(*) FROM cache_debt) AS debts,
       (SELECT count(*) FROM sign_in
        WHERE expires_at > :now AND seen_at > :idle_since) AS sessions,
       (SELECT count(*) FROM sign_in WHERE signed_in_at > :hour_ago) AS signed_in_lately
FROM pg_stat_database AS d WHERE d.datname = current_database()
""")


class Vitals(NamedTuple):
    """What each part says of itself."""

    queries: Counts
    streams: list[Standing]
    servers: list[Server]
    transactions: int
    connections: int
    debts: int
    sessions: int
    signed_in_lately: int


def vitals(
    session: Session,
    *,
    store: Store,
    landing: Landing,
    redis: Client,
    now: datetime,
    idle: timedelta,
) -> Vitals:
    """Ask all of them; raises what a neighbour that is away raises."""
    row = session.execute(
        _DATABASE, {"now": now, "idle_since": now - idle, "hour_ago": now - timedelta(hours=1)}
    ).one()
    return Vitals(
        queries=counts(store),
        streams=landing.standings(),
        servers=servers(redis),
        transactions=row.transactions,
        connections=row.connections,
        debts=row.debts,
        sessions=row.sessions,
        signed_in_lately=row.signed_in_lately,
    )


def numbers(told: Vitals) -> dict[str, float]:
    """What is worth a line over time; `…_total` only grows."""
    queries = list(told.queries.values())
    return {
        "answers_total": sum(count.asked for count in queries),
        "spared_total": sum(count.outcomes[how] for count in queries for how in SPARED),
        "saved_seconds_total": sum(count.saved_seconds for count in queries),
        "lies_total": sum(count.lies for count in queries),
        "landed_total": sum(each.added for each in told.streams),
        "taken_total": sum(each.taken for each in told.streams),
        "waiting": sum(each.waiting for each in told.streams),
        "landing_bytes": sum(each.size_bytes for each in told.streams),
        "memory_bytes": sum(server.memory for server in told.servers),
        "evicted_total": sum(server.evicted for server in told.servers),
        "commands_total": sum(server.commands for server in told.servers),
        "replica_lag_bytes": max((server.replica_lag or 0 for server in told.servers), default=0),
        "transactions_total": told.transactions,
        "connections": told.connections,
        "debts": told.debts,
        "sessions": told.sessions,
    }
