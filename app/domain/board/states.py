"""What a line does now, derived from what was heard of it. Pure rules: they know no store."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# A gateway sends every few seconds; a minute of silence means that we do not know.
UNKNOWN_AFTER = timedelta(seconds=60)
# No good piece for a minute, or for three times the takt on a slow line: it stands.
STOPPED_AFTER = timedelta(seconds=60)
STOPPED_AFTER_TAKTS = 3
# The pace is judged over five minutes, once it has been kept up for two.
PACE_WINDOW = timedelta(minutes=5)
PACE_LEAST = timedelta(minutes=2)
# Two thresholds, so that a line at the border does not flicker.
SLOW_BELOW = 0.75
RUNNING_ABOVE = 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What was heard of a line: its state so far, and its newest reading and good piece.

    `pace_pieces` is how many good pieces it made in the last `PACE_WINDOW`.
    """

    state: str
    since: datetime | None
    last_reading_at: datetime | None
    last_output_at: datetime | None
    pace_pieces: int
    target_per_hour: int

    @property
    def last_signal_at(self) -> datetime | None:
        heard = [at for at in (self.last_reading_at, self.last_output_at) if at is not None]
        return max(heard, default=None)


def derive(line: Signals, now: datetime) -> tuple[str, datetime | None]:
    """The state of the line, and since when.

    `unknown` comes before all else: what is not heard of is neither running nor stopped.
    """
    heard = line.last_signal_at
    if heard is None or now - heard > UNKNOWN_AFTER:
        return "unknown", line.since if line.state == "unknown" and line.since else heard
    made = line.last_output_at
    if made is None or now - made > _stopped_after(line.target_per_hour):
        return "stopped", line.since if line.state == "stopped" else made or heard
    state = _by_pace(line, now)
    if line.state in ("running", "slow") and state == line.state:
        return state, line.since
    return state, now


def _by_pace(line: Signals, now: datetime) -> str:
    moving = line.state in ("running", "slow") and line.since is not None
    if not moving or not line.target_per_hour:
        return "running"
    if line.state == "running" and now - (line.since or now) < PACE_LEAST:
        return "running"
    judged = PACE_WINDOW
    if line.state == "running" and line.since is not None:
        judged = min(PACE_WINDOW, now - line.since)
    expected = line.target_per_hour * (judged / timedelta(hours=1))
    threshold = RUNNING_ABOVE if line.state == "slow" else SLOW_BELOW
    return "running" if line.pace_pieces >= expected * threshold else "slow"


def _stopped_after(target_per_hour: int) -> timedelta:
    if not target_per_hour:
        return STOPPED_AFTER
    return max(STOPPED_AFTER, STOPPED_AFTER_TAKTS * timedelta(hours=1) / target_per_hour)
