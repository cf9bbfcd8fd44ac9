"""The SQLite file of the store: a connection for each thread, and transactions.

A statement outside `Database.transaction` is a transaction of its own. So a kill at any moment
leaves the file as it was before or after. Each change waits until it is on the disk, so a power cut
loses nothing.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LOCK_SECONDS = 60.0
"""Seconds for another thread to end its transaction, which takes milliseconds, or seconds on a slow
disk."""


class Database:
    """Every thread may use its methods: its writes are never in another's transaction."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connections: dict[int, sqlite3.Connection] = {}

    def close(self) -> None:
        """Close it for all threads."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection of this thread."""
        thread = threading.get_ident()
        if thread not in self._connections:
            self._connections[thread] = connect(self._path)
        return self._connections[thread]

    def execute(self, statement: str, values: tuple[Any, ...] = ()) -> sqlite3.Cursor:
        """Run one statement."""
        return self.connection.execute(statement, values)

    def execute_for_each(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Run one statement for each row of values, all in one transaction."""
        with self.transaction():
            self.connection.executemany(statement, rows)

    @contextmanager
    def transaction(self, kind: str = "IMMEDIATE") -> Iterator[None]:
        """What this thread writes meanwhile is written as a whole or not at all."""
        connection = self.connection
        connection.execute(f"BEGIN {kind}")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk has already ended it
                connection.execute("ROLLBACK")
            raise


def connect(path: Path) -> sqlite3.Connection:
    """A new connection, which another thread may close."""
    connection = sqlite3.connect(
        path, timeout=LOCK_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
    except BaseException:
        connection.close()
        raise
    return connection
