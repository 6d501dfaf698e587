"""The tables, all together: one look shows the schema."""

from app.models.accounts import (
    LONGEST_WHY,
    ROLES,
    SCOPES,
    ApiToken,
    Gateway,
    Operator,
    Screen,
    SignIn,
    at_least,
)
from app.models.alerts import SensorAlert
from app.models.andon import (
    COLOURS,
    ESCALATES_TO,
    IMPACTS,
    LONGEST_NOTE,
    URGENCIES,
    Call,
    CallType,
)
from app.models.audit import Audit
from app.models.base import LARGEST_ID, Base, Moment
from app.models.cache import CacheDebt, TrialRow
from app.models.changes import By, ChangedMeanwhile, change, move, note, seen
from app.models.leaderboards import Leaderboard, LeaderboardTotal
from app.models.planning import CalendarDay, ShiftPattern
from app.models.plant import Line, Plant, Sensor, Shift, Station
from app.models.rollups import OutputQuarter, ReadingHour, RollupDebt, Stop
from app.models.telemetry import LineStatus, Output, Reading, SensorStatus, Unreadable

__all__ = [
    "COLOURS",
    "ESCALATES_TO",
    "IMPACTS",
    "LARGEST_ID",
    "LONGEST_NOTE",
    "LONGEST_WHY",
    "ROLES",
    "SCOPES",
    "URGENCIES",
    "ApiToken",
    "Audit",
    "Base",
    "By",
    "CacheDebt",
    "CalendarDay",
    "Call",
    "CallType",
    "ChangedMeanwhile",
    "Gateway",
    "Leaderboard",
    "LeaderboardTotal",
    "Line",
    "LineStatus",
    "Moment",
    "Operator",
    "Output",
    "OutputQuarter",
    "Plant",
    "Reading",
    "ReadingHour",
    "RollupDebt",
    "Screen",
    "Sensor",
    "SensorAlert",
    "SensorStatus",
    "Shift",
    "ShiftPattern",
    "SignIn",
    "Station",
    "Stop",
    "TrialRow",
    "Unreadable",
    "at_least",
    "change",
    "move",
    "note",
    "seen",
]
