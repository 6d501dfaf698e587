"""The tables, all together: one look shows the schema."""

from app.models.accounts import ROLES, Gateway, Operator, SignIn, at_least
from app.models.andon import Call
from app.models.base import Base
from app.models.cache import CacheDebt
from app.models.plant import Line, Plant, Sensor, Shift, Station
from app.models.rollups import OutputQuarter, ReadingHour, RollupDebt, Stop
from app.models.telemetry import LineStatus, Output, Reading, SensorStatus, Unreadable

__all__ = [
    "ROLES",
    "Base",
    "CacheDebt",
    "Call",
    "Gateway",
    "Line",
    "LineStatus",
    "Operator",
    "Output",
    "OutputQuarter",
    "Plant",
    "Reading",
    "ReadingHour",
    "RollupDebt",
    "Sensor",
    "SensorStatus",
    "Shift",
    "SignIn",
    "Station",
    "Stop",
    "Unreadable",
    "at_least",
]
