"""What machines say: batches checked on the way in, stored once, read back as charts."""

from app.domain.telemetry.batches import EARLIEST, Accepted, accept_output, accept_readings
from app.domain.telemetry.directory import Directory, expect
from app.domain.telemetry.ending import end_alerts
from app.domain.telemetry.forms import LONGEST_BATCH, OUTPUT, READINGS, BadItem, Refused
from app.domain.telemetry.history import (
    BUCKETS,
    FINEST,
    HOUR,
    Bucket,
    Extent,
    extent,
    history,
    sparklines,
)
from app.domain.telemetry.limits import Alert, Limits, Watch, follow
from app.domain.telemetry.partitions import DAYS_AHEAD, prepare_days
from app.domain.telemetry.rollups import SummedUp, owe_rollups, sum_up_a_day
from app.domain.telemetry.storing import Stored, set_aside, store

__all__ = [
    "BUCKETS",
    "DAYS_AHEAD",
    "EARLIEST",
    "FINEST",
    "HOUR",
    "LONGEST_BATCH",
    "OUTPUT",
    "READINGS",
    "Accepted",
    "Alert",
    "BadItem",
    "Bucket",
    "Directory",
    "Extent",
    "Limits",
    "Refused",
    "Stored",
    "SummedUp",
    "Watch",
    "accept_output",
    "accept_readings",
    "end_alerts",
    "expect",
    "extent",
    "follow",
    "history",
    "owe_rollups",
    "prepare_days",
    "set_aside",
    "sparklines",
    "store",
    "sum_up_a_day",
]
