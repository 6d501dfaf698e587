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
from app.models.changes import By, Changeable, ChangedMeanwhile, change, move, note, seen
from app.models.leaderboards import Leaderboard, LeaderboardTotal
from app.models.planning import CalendarDay, ShiftPattern
from app.models.plant import Line, Plant, Sensor, Shift, ShiftBreak, Station, Work
from app.models.rollups import OutputQuarter, ReadingHour, RollupDebt, Stop
from app.models.silence import SILENT_AFTER, silences
from app.models.stops import LONGEST_COMMENT, PlannedStop, SaidReason, StopReason
from app.models.telemetry import LineState, LineStatus, Output, Reading, SensorStatus, Unreadable
from app.models.words import one_line

__all__ = [
    "COLOURS",
    "ESCALATES_TO",
    "IMPACTS",
    "LARGEST_ID",
    "LONGEST_COMMENT",
    "LONGEST_NOTE",
    "LONGEST_WHY",
    "ROLES",
    "SCOPES",
    "SILENT_AFTER",
    "URGENCIES",
    "ApiToken",
    "Audit",
    "Base",
    "By",
    "CacheDebt",
    "CalendarDay",
    "Call",
    "CallType",
    "Changeable",
    "ChangedMeanwhile",
    "Gateway",
    "Leaderboard",
    "LeaderboardTotal",
    "Line",
    "LineState",
    "LineStatus",
    "Moment",
    "Operator",
    "Output",
    "OutputQuarter",
    "PlannedStop",
    "Plant",
    "Reading",
    "ReadingHour",
    "RollupDebt",
    "SaidReason",
    "Screen",
    "Sensor",
    "SensorAlert",
    "SensorStatus",
    "Shift",
    "ShiftBreak",
    "ShiftPattern",
    "SignIn",
    "Station",
    "Stop",
    "StopReason",
    "TrialRow",
    "Unreadable",
    "Work",
    "at_least",
    "change",
    "move",
    "note",
    "one_line",
    "seen",
    "silences",
]
