"""The curve of a write: what it costs Valkey to tell it to every thread of every web process.

Each of those threads has a tracked connection, and a write of a cached table is told to all.
"""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from redis import Connection

from benchmarks.scale.curves import Curve, curve
from benchmarks.scale.spending import valkey_seconds
from lab.engines import Valkey

# Two web processes of eight threads.
THREADS = 16
TRACKED = (1, 2, 4, 16, 64)
WRITES = 1_000
OF = "instances that are told"
_KEY = "qc:token:scale"


def measure(tell: Callable[[str], None]) -> list[Curve]:
    tell("writes: told to all")
    found = {}
    with ExitStack() as ending:
        folder = ending.enter_context(tempfile.TemporaryDirectory(prefix="andon-scale-"))
        valkey = Valkey(Path(folder))
        ending.callback(valkey.stop)
        client = ending.enter_context(valkey.start().client())
        tracking = 0
        for count in TRACKED:
            for _ in range(count * THREADS - tracking):
                ending.callback(_tracking(valkey).disconnect)
            tracking = count * THREADS
            before = valkey_seconds(client.info("cpu"))
            for number in range(WRITES):
                client.set(_KEY, number)
            found[count] = (valkey_seconds(client.info("cpu")) - before) * 1e6 / WRITES
    why = "each write is told to every thread of every web process: cells"
    return [curve("write of a cached row", OF, "µs of Valkey", found, why)]


def _tracking(valkey: Valkey) -> Any:  # noqa: ANN401 (redis-py types no connection)
    """A connection that is told of every write, as each thread of a web process has one."""
    dial: Any = Connection
    connection = dial(port=valkey.port, password=valkey.password, protocol=3)
    connection.connect()
    connection.send_command("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", _KEY)
    connection.read_response()
    return connection
