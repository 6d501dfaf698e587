"""RDS with `rds.force_ssl`: the embedded PostgreSQL, which is built without TLS, behind a front."""

import asyncio
from collections.abc import Mapping

import psycopg2
from psycopg2 import sql

from lab.engines import Postgres
from lab.tls import TlsFront

# How a client of PostgreSQL asks, in plain, whether it may speak TLS: eight bytes, and this code.
MAY_I = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
YOU_MAY = b"S"
GREETING_SECONDS = 5


class PostgresFront(TlsFront):
    """The same for PostgreSQL; whoever does not ask for TLS is hung up on."""

    async def _listen(self) -> int:
        self._server = await asyncio.start_server(self._greet, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(GREETING_SECONDS):
                if await reader.readexactly(len(MAY_I)) != MAY_I:
                    writer.transport.abort()
                    return
                writer.write(YOU_MAY)
                await writer.start_tls(self._context)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            writer.transport.abort()  # it went away, or says nothing
            return
        await self._pass_on(reader, writer)


def make_master(postgres: Postgres, given: Mapping[str, str]) -> None:
    """The database and its master user as RDS makes them; the user is no superuser there either."""
    user, database = sql.Identifier(given["RDS_USERNAME"]), given["RDS_DB_NAME"]
    connection = postgres.connect()
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM pg_database WHERE datname = %s", [database])
            if cursor.fetchone() is not None:
                return
            cursor.execute(
                sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE PASSWORD %s").format(user),
                [given["RDS_PASSWORD"]],
            )
            cursor.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), user)
            )
    finally:
        connection.close()


def connect(postgres: Postgres, database: str) -> psycopg2.extensions.connection:
    """A look into the application's database, past the application."""
    return psycopg2.connect(f"{postgres.url.rpartition('/')[0]}/{database}", connect_timeout=2)
