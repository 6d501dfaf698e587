"""PostgreSQL: the engine, the unit of work, and an end to waits for a server that is silent."""

from app.database.engine import PASSING, Ask, Database, Named, Reread, directly, unhurried
from app.database.silence import DatabaseSilent

__all__ = [
    "PASSING",
    "Ask",
    "Database",
    "DatabaseSilent",
    "Named",
    "Reread",
    "directly",
    "unhurried",
]
