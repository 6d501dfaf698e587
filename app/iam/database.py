"""Tokens where psycopg2 asks for a password, and missing ones told as its own faults."""

from collections.abc import Callable

from psycopg2 import OperationalError

from app.iam.signing import Unsigned


class DatabaseTokens:
    """Gives a fresh password for each connection to PostgreSQL."""

    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token

    def __call__(self) -> str:
        """Raises psycopg2's `OperationalError` where there is nothing to sign with."""
        try:
            return self._token()
        except Unsigned as fault:
            raise OperationalError(str(fault)) from fault
