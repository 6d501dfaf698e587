"""A plant of our own to put under load: one instance on loopback, as full as was asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from sqlalchemy import text

from benchmarks.instance import PLANT, Instance
from benchmarks.load.entry import ROLES, Entry
from benchmarks.load.gauges import Statements

GATEWAYS = 4
WAYS_IN = ("web", "live", "drain")

# Everybody on the plant signs in with the one password, not the four of the demonstration alone.
_LET_ALL_IN = text(
    "UPDATE operator SET password_hash = (SELECT password_hash FROM operator"
    " WHERE username = 'viewer') WHERE plant_id = (SELECT id FROM plant WHERE slug = :plant)"
).execution_options(cache_tags=["operator"])
_PEOPLE = text(
    "SELECT role, username FROM operator JOIN plant ON plant.id = operator.plant_id"
    " WHERE plant.slug = :plant ORDER BY operator.id"
)
# Members that nobody is, of numbers that no operator has; scores as people have them.
_MEMBERS = text(
    "WITH board AS (UPDATE leaderboard SET version = version + 1"
    " WHERE board = 'operators' AND window_key = 'all'"
    " AND plant_id = (SELECT id FROM plant WHERE slug = :plant) RETURNING id, version)"
    " INSERT INTO leaderboard_total"
    " SELECT id, CAST(1000000 + n AS text),"
    " CAST(1000 * (random() + random() + random()) AS int), version"
    " FROM board, generate_series(1, CAST(:members AS int)) AS n"
).execution_options(cache_tags=())


class Own:
    """An instance of ours; its processes run within `running`, and its data outlive them."""

    def __init__(self, instance: Instance, *, members: int) -> None:
        self.instance = instance
        self.url = instance.url("web")
        self.entry = self._let_in()
        if members:
            self._fill_board(members)
        self.statements = Statements(instance.parts.database)

    @classmethod
    @contextmanager
    def started(cls, *, members: int) -> Iterator[Self]:
        with Instance(counts_statements=True) as instance:
            yield cls(instance, members=members)

    @contextmanager
    def running(self, *, cached: bool) -> Iterator[None]:
        """With the query cache, or with every question put to the database."""
        self.instance.tell(QUERY_CACHE="on" if cached else "off")
        self.instance.start(*WAYS_IN)
        try:
            yield
        finally:
            for name in reversed(WAYS_IN):
                self.instance.stop(name)

    def _let_in(self) -> Entry:
        tokens = [self.instance.token(f"load-{number}") for number in range(GATEWAYS)]
        accounts: dict[str, list[str]] = {role: [] for role in ROLES}
        with self.instance.parts.database.transaction() as session:
            session.execute(_LET_ALL_IN, {"plant": PLANT})
            for role, username in session.execute(_PEOPLE, {"plant": PLANT}):
                if role in accounts:
                    accounts[role].append(username)
        return Entry(accounts, self.instance.password, tokens)

    def _fill_board(self, members: int) -> None:
        with self.instance.parts.database.transaction() as session:
            session.execute(text("SET LOCAL statement_timeout = 0"))
            session.execute(_MEMBERS, {"plant": PLANT, "members": members})
