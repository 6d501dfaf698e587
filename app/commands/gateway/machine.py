"""A line at work: a piece each takt, and now and then a stop or a slow spell."""

from datetime import datetime, timedelta
from random import Random

# Faster than its target while it runs, so that with its stops it makes about what is planned.
PACE = {"running": 1.12, "slow": 0.6, "stopped": 0.0}
RUN_SECONDS = (180, 1020)
SLOW_SECONDS = (240, 420)
# A board calls a line stopped after a minute, or three takts without a piece: so long, and then
# a minute or two for people to see it.
STOP_SECONDS, STOP_TAKTS = 60, 3
SEEN_SECONDS = (45, 120)
STOPS_RATHER_THAN_SLOWS = 0.6
EVEN = (0.85, 1.15)


class Machine:
    """What a line makes, asked from moment to moment; `state` and `since` say what it does."""

    def __init__(self, target_per_hour: int, random: Random, now: datetime) -> None:
        self.state = "running"
        self.since = now
        self._random = random
        self._takt = timedelta(hours=1) / max(target_per_hour, 1)
        self._next_piece = now + self._takt * random.random()
        self._changes_at = now + self._seconds(RUN_SECONDS)

    @property
    def activity(self) -> float:
        return min(PACE[self.state], 1.0)

    def advance(self, until: datetime) -> list[datetime]:
        """The moments up to `until` at which a piece was made since it was asked last."""
        made = []
        while (moment := min(self._next_piece, self._changes_at)) <= until:
            if moment == self._changes_at:
                self._change(moment)
            else:
                made.append(moment)
                self._next_piece = moment + self._until_next_piece()
        return made

    def _change(self, now: datetime) -> None:
        self.since = now
        if self.state != "running":
            self.state, lasts = "running", self._seconds(RUN_SECONDS)
        elif self._random.random() < STOPS_RATHER_THAN_SLOWS:
            unnoticed = max(timedelta(seconds=STOP_SECONDS), self._takt * STOP_TAKTS)
            self.state, lasts = "stopped", unnoticed + self._seconds(SEEN_SECONDS)
        else:
            self.state, lasts = "slow", self._seconds(SLOW_SECONDS)
        self._changes_at = now + lasts
        self._next_piece = self._changes_at if self.state == "stopped" else now
        self._next_piece += self._until_next_piece()

    def _until_next_piece(self) -> timedelta:
        pace = PACE[self.state] or PACE["running"]
        return self._takt / pace * self._random.uniform(*EVEN)

    def _seconds(self, bounds: tuple[int, int]) -> timedelta:
        return timedelta(seconds=self._random.uniform(*bounds))
