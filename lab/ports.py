"""The ports that people choose, and whether they are to be had."""

import os
import socket


class CannotRun(Exception):
    """What stands in the way, in one line."""


def chosen(name: str, default: int) -> int:
    """The port that the environment names, or the default; raises `CannotRun` where it is none."""
    text = os.environ.get(name) or str(default)
    if not text.isdigit() or int(text) not in range(1, 65_536):
        raise CannotRun(f"{name} is no port: {text}")
    return int(text)


def refuse_taken(port: int, *, choose: str) -> None:
    """Raise `CannotRun` if somebody listens there; `choose` is how to take another."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise CannotRun(f"port {port} is taken; choose another: {choose}") from None
