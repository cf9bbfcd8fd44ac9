"""The tables of the store and their versions.

To change a table: change `schema.sql`, raise `SCHEMA_VERSION`, write `migration_VERSION.sql`, which
brings a store of the version before to it, and name it in `MIGRATIONS`.
"""

import sqlite3
from importlib.resources import files
from pathlib import Path

from hydrus_video_deduplicator.errors import DataDirectoryUnusable

SCHEMA_VERSION = 6
MIGRATIONS = (2, 3, 4, 5, 6)
"""Versions that a store of the version before is brought to by `migration_VERSION.sql`."""


def bring_up_to_date(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables, or change those of an older version, each step in one transaction.

    Raises `DataDirectoryUnusable` if a newer version of this program wrote the store.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise DataDirectoryUnusable(
            f"{path} was written by a newer version of this program. Update it, or choose another "
            "--data-dir."
        )
    steps = ["schema"] if version == 0 else [f"migration_{n}" for n in MIGRATIONS if n > version]
    for name in steps:
        script = files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
        target = SCHEMA_VERSION if name == "schema" else int(name.removeprefix("migration_"))
        connection.executescript(
            f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {target}; COMMIT"
        )
