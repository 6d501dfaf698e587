"""A plant of our own to put under load, as full as was asked for: one instance, or a fleet."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from sqlalchemy import text

from app.database import unhurried
from benchmarks.instance import PLANT
from benchmarks.load.entry import ROLES, Entry
from benchmarks.load.gauges import Statements
from benchmarks.load.places import Alone, Several, alone, several

GATEWAYS = 4

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
    """A plant of ours, in which everybody may sign in."""

    def __init__(self, place: Alone | Several, *, members: int, instances: int) -> None:
        self.place = place
        self.settings = {"instances": instances} if instances else {}
        self.entry = self._let_in()
        if members:
            self._fill_board(members)
        self.statements = Statements(place.parts.database)

    @classmethod
    @contextmanager
    def started(cls, *, members: int, instances: int) -> Iterator[Self]:
        """One instance without nginx, or so many behind a load balancer."""
        with several(instances) if instances else alone() as place:
            yield cls(place, members=members, instances=instances)

    def _let_in(self) -> Entry:
        tokens = [self.place.token(f"load-{number}") for number in range(GATEWAYS)]
        accounts: dict[str, list[str]] = {role: [] for role in ROLES}
        with self.place.parts.database.transaction() as session:
            session.execute(_LET_ALL_IN, {"plant": PLANT})
            for role, username in session.execute(_PEOPLE, {"plant": PLANT}):
                if role in accounts:
                    accounts[role].append(username)
        return Entry(accounts, self.place.password, tokens)

    def _fill_board(self, members: int) -> None:
        with self.place.parts.database.transaction() as session:
            unhurried(session.connection())
            session.execute(_MEMBERS, {"plant": PLANT, "members": members})
