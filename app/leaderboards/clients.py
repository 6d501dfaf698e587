"""What a caller may hope to pass: the server is away, restarting, full, or changing its shape."""

from redis.exceptions import (
    BusyLoadingError,
    ClusterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    TryAgainError,
)
from redis.exceptions import (
    ConnectionError as Unreachable,
)
from redis.exceptions import (
    TimeoutError as TimedOut,
)

PASSING = (
    *(Unreachable, TimedOut, BusyLoadingError, OutOfMemoryError, ReadOnlyError),
    *(ClusterDownError, TryAgainError),
)
