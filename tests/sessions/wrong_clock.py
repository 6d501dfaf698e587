"""Starts the application as on a machine whose clock is wrong by so many seconds."""

import datetime as dt
import runpy
import sys
import time

shift = float(sys.argv[1])
right = time.time


class Shifted(dt.datetime):
    """Now is at another time."""

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> "Shifted":
        return cls.fromtimestamp(time.time(), tz)


if __name__ == "__main__":
    if shift:
        time.time = lambda: right() + shift
        dt.datetime = Shifted  # type: ignore[misc]
    runpy.run_module("tests.sessions.application", run_name="__main__")
