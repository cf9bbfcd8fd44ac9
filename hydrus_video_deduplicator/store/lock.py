"""One run at a time in a data directory."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from hydrus_video_deduplicator.errors import AlreadyRunning, DataDirectoryUnusable

OTHER_DIR = "Choose another --data-dir."


@contextmanager
def run_lock(data_dir: Path, what: str = "run") -> Iterator[None]:
    """Hold the data directory for this process, as the only one that does this in it.

    what: `run`, or the name of a command that works beside runs.

    SQLite's exclusive lock, on a database of its own, is the lock: the operating system releases it
    when the process dies, on every platform, so a dead run never blocks the next. Raises
    `AlreadyRunning` or `DataDirectoryUnusable`.
    """
    path = data_dir / ("lock.sqlite3" if what == "run" else f"lock-{what}.sqlite3")
    try:
        connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    except sqlite3.Error as error:
        raise DataDirectoryUnusable(f"Cannot write {path}: {error}. {OTHER_DIR}") from error
    with closing(connection):
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise DataDirectoryUnusable(f"Cannot lock {path}: {error}. {OTHER_DIR}") from error
            raise AlreadyRunning(
                f"Another {what} is using {data_dir}. Wait for it, or choose another --data-dir."
            ) from error
        yield
