"""The store in the data directory: it opens the file and has a part for each purpose.

Losing it costs time: signatures are computed again, and Hydrus is asked about every pair before it
is posted. Only the list of our pairs cannot be restored. Each method of a part is one transaction
(see `database`).
"""

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from hydrus_video_deduplicator.errors import DataDirectoryUnusable
from hydrus_video_deduplicator.store.database import Database
from hydrus_video_deduplicator.store.debts import Debts
from hydrus_video_deduplicator.store.decisions import Decisions
from hydrus_video_deduplicator.store.failures import Failures
from hydrus_video_deduplicator.store.file_hashes import FileHashes
from hydrus_video_deduplicator.store.glimpses import Glimpses
from hydrus_video_deduplicator.store.ledger import Ledger
from hydrus_video_deduplicator.store.matches import Matches
from hydrus_video_deduplicator.store.schema import bring_up_to_date
from hydrus_video_deduplicator.store.signatures import Signatures
from hydrus_video_deduplicator.store.sketches import Sketches
from hydrus_video_deduplicator.store.soundprints import Soundprints

log = logging.getLogger(__name__)

FILE_NAME = "store.sqlite3"

CORRUPT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
"""SQLite's errors that say that the file is not, or no longer, a database."""

WHAT_IS_LOST = (
    "Every file is hashed again. The pairs posted so far stay in Hydrus, but the program no longer "
    "knows that it posted them, so rollback cannot take them back."
)

LOOKED_AT = f"The store {{}} is corrupt. The next run starts a new one. {WHAT_IS_LOST}"


def has_store(data_dir: Path) -> bool:
    """Whether a store was ever made in the data directory."""
    return (data_dir / FILE_NAME).is_file()


class Store:
    """Open with `Store.open`; a context manager, of which each thread may use the parts.

    An error of SQLite that leaves it becomes `DataDirectoryUnusable`: the disk is full, or the file
    has turned out to be corrupt, and is then set aside, unless it was opened only to be read.
    """

    def __init__(self, path: Path, *, replaces: bool = True) -> None:
        self._path = path
        self._replaces = replaces
        self._database = Database(path)
        try:
            bring_up_to_date(self._database.connection, path)
        except BaseException:
            self.close()
            raise
        self.failures = Failures(self._database)
        self.sketches = Sketches(self._database)
        self.glimpses = Glimpses(self._database)
        self.matches = Matches(self._database, self.glimpses)
        self.signatures = Signatures(self._database, self.sketches, self.matches, self.failures)
        self.soundprints = Soundprints(self._database)
        self.ledger = Ledger(self._database)
        self.debts = Debts(self._database)
        self.decisions = Decisions(self._database)
        self.file_hashes = FileHashes(self._database)

    @classmethod
    def open(cls, data_dir: Path, *, replaces: bool = True) -> Self:
        """The store in `data_dir`, made if there is none. Raises `DataDirectoryUnusable`.

        replaces: start a new one if it is corrupt. Commands that only read must not: a run may be
            at work.
        """
        path = data_dir / FILE_NAME
        try:
            try:
                return cls(path, replaces=replaces)
            except sqlite3.DatabaseError as error:
                if not _is_corruption(error):
                    raise
                if not replaces:
                    raise DataDirectoryUnusable(LOOKED_AT.format(path)) from error
                _set_aside(path)
                return cls(path)
        except (sqlite3.Error, OSError) as error:
            raise DataDirectoryUnusable(f"Cannot use {path}: {error}.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        if not isinstance(error, sqlite3.Error):
            return
        if _is_corruption(error):
            if not self._replaces:
                raise DataDirectoryUnusable(LOOKED_AT.format(self._path)) from error
            _set_aside(self._path)
            raise DataDirectoryUnusable(f"{self._path} was corrupt. Run again.") from error
        raise DataDirectoryUnusable(
            f"Cannot use {self._path}: {error}. Finished work is kept. Is the disk full? Make"
            " room, or choose another --data-dir; then run again."
        ) from error

    def close(self) -> None:
        """Close it for all threads."""
        self._database.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """This thread reads a consistent state of the store while other threads write."""
        with self._database.transaction("DEFERRED"):
            yield


def _is_corruption(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", None) in CORRUPT


def _set_aside(path: Path) -> None:
    """Keep a store that cannot be read under another name, with the files that belong to it."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        part = path.with_name(name)
        if part.exists():
            part.rename(path.with_name(f"corrupt-{stamp}-{name}"))
    log.warning(
        "The store %s was corrupt. It is kept as corrupt-%s-%s, and a new one is started. %s",
        path,
        stamp,
        path.name,
        WHAT_IS_LOST,
    )
