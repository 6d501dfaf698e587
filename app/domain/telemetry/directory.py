"""The names a gateway may use, held in the process."""

import threading
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Line, Operator, Sensor, Station


class Directory:
    """Sensors, lines and operators by plant and name, read again every `fresh_for` seconds.

    A name that is new is unknown for at most that long; while the database is away, what was read
    last still holds, so that machines can go on landing their data.
    """

    def __init__(self, clock: Callable[[], float], *, fresh_for: float = 2.0) -> None:
        self._clock = clock
        self._fresh_for = fresh_for
        self._lock = threading.Lock()
        self._asked_at = float("-inf")
        self._sensors: dict[tuple[int, str], int] = {}
        self._lines: dict[tuple[int, str], int] = {}
        self._operators: dict[tuple[int, str], int] = {}

    def is_due(self) -> bool:
        """Whether it is the caller's turn to read them anew; asking takes the turn.

        One caller in `fresh_for` gets it, so that a database which does not answer holds up one
        request and not all.
        """
        with self._lock:
            if self._clock() - self._asked_at < self._fresh_for:
                return False
            self._asked_at = self._clock()
            return True

    def refresh(self, session: Session) -> None:
        """Read all names."""
        sensors = session.execute(
            select(Line.plant_id, Sensor.slug, Sensor.id)
            .join(Station, Station.id == Sensor.station_id)
            .join(Line, Line.id == Station.line_id)
        ).all()
        lines = session.execute(select(Line.plant_id, Line.slug, Line.id)).all()
        operators = session.execute(select(Operator.plant_id, Operator.username, Operator.id)).all()
        with self._lock:
            self._sensors = {(plant, slug): id_ for plant, slug, id_ in sensors}
            self._lines = {(plant, slug): id_ for plant, slug, id_ in lines}
            self._operators = {(plant, name): id_ for plant, name, id_ in operators}

    def sensor(self, plant_id: int, slug: str) -> int | None:
        return self._sensors.get((plant_id, slug))

    def line(self, plant_id: int, slug: str) -> int | None:
        return self._lines.get((plant_id, slug))

    def operator(self, plant_id: int, username: str) -> int | None:
        return self._operators.get((plant_id, username))
