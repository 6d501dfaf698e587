"""A sensor that is measured, and since when."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
SENSOR = "press-s1-temperature"  # 10 to 90, held for ten seconds, back by 1.6

Row = tuple[float, float]
Store = Callable[..., None]
