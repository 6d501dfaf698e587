"""The names a gateway may use, held in the process."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cache import Policy, Query
from app.database import Ask, Reread, directly
from app.models import Line, Operator, Sensor, Station

# Every change expels what depends on it, and each process asks every two seconds: an hour bounds
# nothing but memory.
_KEPT = Policy(fresh_for=timedelta(hours=1))
# A gateway's next batch may name what has just been made: whoever makes it fills the names, and no
# process that lands data goes to PostgreSQL for them. A few changes a week pay for that.
_LAID_OUT = replace(_KEPT, strategy="write_through")
# A retired sensor or line is in both: what still comes of it is stored, for a batch that names it
# would be refused whole.
SENSOR_NAMES = Query(
    select(Line.plant_id, Sensor.slug, Sensor.id)
    .join(Station, Station.id == Sensor.station_id)
    .join(Line, Line.id == Station.line_id),
    name="sensor-names",
    policy=_LAID_OUT,
)
LINE_NAMES = Query(
    select(Line.plant_id, Line.slug, Line.id),
    name="line-names",
    policy=_LAID_OUT,
)
OPERATOR_NAMES = Query(
    select(Operator.plant_id, Operator.username.label("slug"), Operator.id),
    name="operator-names",
    policy=_KEPT,
)


def expect() -> None:
    """The commit that follows fills the names it changes, asked before or not."""
    SENSOR_NAMES.expect()
    LINE_NAMES.expect()


class Directory(Reread):
    """Sensors, lines and operators by plant and name, read again every `fresh_for` seconds.

    A name that is new is unknown for at most that long; while the database is away, what was read
    last still holds, so that machines can go on landing their data.
    """

    def __init__(
        self, clock: Callable[[], float], *, ask: Ask = directly, fresh_for: float = 2.0
    ) -> None:
        super().__init__(clock, fresh_for=fresh_for)
        self._ask = ask
        self._sensors: dict[tuple[int, str], int] = {}
        self._lines: dict[tuple[int, str], int] = {}
        self._operators: dict[tuple[int, str], int] = {}

    def refresh(self, session: Session) -> None:
        """Read all names."""
        sensors, lines, operators = (
            {(row.plant_id, row.slug): row.id for row in self._ask(session, query)}
            for query in (SENSOR_NAMES, LINE_NAMES, OPERATOR_NAMES)
        )
        with self._lock:
            self._sensors, self._lines, self._operators = sensors, lines, operators
            self.has_read = True

    def sensor(self, plant_id: int, slug: str) -> int | None:
        return self._sensors.get((plant_id, slug))

    def line(self, plant_id: int, slug: str) -> int | None:
        return self._lines.get((plant_id, slug))

    def operator(self, plant_id: int, username: str) -> int | None:
        return self._operators.get((plant_id, username))
