"""The sound of files that were listened to."""

from hydrus_video_deduplicator.store.database import Database


class Soundprints:
    """The table `soundprint`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def files(self, algorithm: str) -> set[str]:
        """The files whose sound is known, or known to be missing."""
        rows = self._database.execute(
            "SELECT sha256 FROM soundprint WHERE algorithm = ?", (algorithm,)
        )
        return {sha256 for (sha256,) in rows}

    def has(self, sha256: str, algorithm: str) -> bool:
        """Whether the sound of a file is known, or known to be missing."""
        row = self._database.execute(
            "SELECT 1 FROM soundprint WHERE sha256 = ? AND algorithm = ?", (sha256, algorithm)
        ).fetchone()
        return row is not None

    def of(self, sha256: str, algorithm: str) -> bytes | None:
        """The bytes of a soundprint; None for a file without sound."""
        row = self._database.execute(
            "SELECT soundprint FROM soundprint WHERE sha256 = ? AND algorithm = ?",
            (sha256, algorithm),
        ).fetchone()
        return None if row is None else row[0]

    def add(self, sha256: str, algorithm: str, soundprint: bytes | None) -> None:
        """Keep the sound of a file, or that it has none."""
        self._database.execute(
            "INSERT OR REPLACE INTO soundprint VALUES (?, ?, ?)", (sha256, algorithm, soundprint)
        )
