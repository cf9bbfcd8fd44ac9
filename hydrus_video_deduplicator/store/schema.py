"""The tables of the store and their versions.

To change a table: change `schema.sql`, raise `SCHEMA_VERSION`, write `migration_VERSION.sql`, which
brings a store of the version before to it, and name it in `MIGRATIONS`.
"""

import sqlite3
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from hydrus_video_deduplicator.errors import DataDirectoryUnusable

SCHEMA_VERSION = 10
MIGRATIONS = (2, 3, 4, 5, 6, 7, 8, 9, 10)
"""Versions that a store of the version before is brought to by `migration_VERSION.sql`."""


def bring_up_to_date(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables, or change those of an older version, each step in one transaction.

    Raises `DataDirectoryUnusable` if a newer version of this program wrote the store.
    """
    if (version := _version(connection)) > SCHEMA_VERSION:
        raise DataDirectoryUnusable(
            f"{path} was written by a newer version of this program. Update it, or choose another "
            "--data-dir."
        )
    migrations = {target: f"migration_{target}" for target in MIGRATIONS}
    for target, name in (migrations if version else {SCHEMA_VERSION: "schema"}).items():
        _take_step(connection, name, target)


def _take_step(connection: sqlite3.Connection, name: str, target: int) -> None:
    """Bring the store to a version, unless it is there: another process may have been quicker."""
    script = files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _version(connection) < target:
            for statement in _statements(script):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {target}")
    except BaseException:
        connection.rollback()
        raise
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _statements(script: str) -> Iterator[str]:
    """One by one: `executescript` would end the transaction first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
