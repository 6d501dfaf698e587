"""What a line does now, derived from what was heard of it. Pure rules: they know no store."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.domain.board.working import Rest

State = Literal["running", "slow", "stopped", "planned", "unknown"]

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

    `pace_pieces` is how many good pieces it made in the last `PACE_WINDOW`; `rest` is the time in
    which it is not to work, or last was not.
    """

    state: str
    since: datetime | None
    last_reading_at: datetime | None
    last_output_at: datetime | None
    pace_pieces: int
    target_per_hour: int
    rest: Rest | None = None

    @property
    def last_signal_at(self) -> datetime | None:
        heard = [at for at in (self.last_reading_at, self.last_output_at) if at is not None]
        return max(heard, default=None)

    def rests(self, now: datetime) -> bool:
        """Whether it is not to work."""
        return self.rest is not None and self.rest.is_on(now)

    def is_off(self, now: datetime) -> bool:
        """Whether it has no shift: nobody switches on what is not to work."""
        return self.rest is not None and self.rest.without_shift and self.rest.is_on(now)

    def begun_anew(self, now: datetime) -> datetime | None:
        """When it was to work again after its last rest; None while it rests."""
        return None if self.rest is None or self.rest.is_on(now) else self.rest.until


def derive(line: Signals, now: datetime) -> tuple[State, datetime | None]:
    """The state of the line, and since when.

    `unknown` comes before all else: what is not heard of is neither running nor stopped. Only a
    line without a shift may be silent.
    """
    if _is_silent(line, now) and not line.is_off(now):
        return "unknown", _unknown_since(line, now)
    if _stands(line, now):
        return _standing(line, now)
    state = _by_pace(line, now)
    if line.state in ("running", "slow") and state == line.state:
        return state, line.since
    return state, now


def unknown_after(line: Signals, now: datetime) -> datetime | None:
    """When nothing more is known of it if it stays silent: never, where it has no shift to come."""
    heard = line.last_signal_at
    after = None if heard is None else heard + UNKNOWN_AFTER
    if line.rest is None or not line.is_off(now):
        return after
    return _latest(after, line.rest.until) if line.rest.until else None


def _is_silent(line: Signals, now: datetime) -> bool:
    heard = line.last_signal_at
    return heard is None or now - heard > UNKNOWN_AFTER


def _unknown_since(line: Signals, now: datetime) -> datetime | None:
    """Since it was heard last; after a time without a shift, since it was to work again."""
    off = line.rest is not None and line.rest.without_shift
    begun_anew = line.begun_anew(now) if off else None
    if line.state == "unknown" and line.since:
        return _latest(line.since, begun_anew)
    return _latest(line.last_signal_at, begun_anew)


def _stands(line: Signals, now: datetime) -> bool:
    made = line.last_output_at
    return made is None or now - made > _stopped_after(line.target_per_hour)


def _standing(line: Signals, now: datetime) -> tuple[State, datetime | None]:
    """Planned while it rests, and until it had time for a first piece after that; else stopped."""
    made, begun_anew = line.last_output_at, line.begun_anew(now)
    is_starting = begun_anew and now - begun_anew <= _stopped_after(line.target_per_hour)
    if line.rest is not None and (line.rests(now) or is_starting):
        known = line.since if line.state == "planned" else now
        return "planned", _latest(line.rest.since, made) or known
    if line.state == "stopped":
        return "stopped", _latest(line.since, begun_anew)
    return "stopped", _latest(made, begun_anew) or line.last_signal_at


def _by_pace(line: Signals, now: datetime) -> State:
    moving = line.state in ("running", "slow") and line.since is not None
    # Whoever works through a break is not slow.
    if not moving or not line.target_per_hour or line.rests(now):
        return "running"
    if line.state == "running" and now - (line.since or now) < PACE_LEAST:
        return "running"
    judged = PACE_WINDOW
    if line.state == "running" and line.since is not None:
        judged = min(PACE_WINDOW, now - line.since)
    expected = line.target_per_hour * (judged / timedelta(hours=1))
    threshold = RUNNING_ABOVE if line.state == "slow" else SLOW_BELOW
    return "running" if line.pace_pieces >= expected * threshold else "slow"


def _latest(*moments: datetime | None) -> datetime | None:
    return max((at for at in moments if at is not None), default=None)


def _stopped_after(target_per_hour: int) -> timedelta:
    if not target_per_hour:
        return STOPPED_AFTER
    return max(STOPPED_AFTER, STOPPED_AFTER_TAKTS * timedelta(hours=1) / target_per_hour)
