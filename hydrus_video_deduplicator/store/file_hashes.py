"""The hashes of files in plain folders, so that a file that has not changed is not read again."""

from collections.abc import Iterable

from hydrus_video_deduplicator.store.database import Database


class FileHashes:
    """The table `file_hash`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, path: bytes, stamp: str) -> str | None:
        """The SHA-256 of the file, if it was seen there with the same stamp."""
        row = self._database.execute(
            "SELECT sha256 FROM file_hash WHERE path = ? AND stamp = ?", (path, stamp)
        ).fetchone()
        return None if row is None else str(row[0])

    def add(self, hashed: Iterable[tuple[bytes, str, str]]) -> None:
        """Keep the hashes of files, each with its path and stamp."""
        self._database.execute_for_each("INSERT OR REPLACE INTO file_hash VALUES (?, ?, ?)", hashed)
