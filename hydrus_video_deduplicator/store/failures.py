"""The files that could not be hashed, and those in which there is nothing to hash."""

from collections.abc import Iterable

from hydrus_video_deduplicator.store.database import Database


class Failures:
    """The table `failure`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def reasons(self, algorithm: str) -> dict[str, str]:
        """The reason for each file that could not be hashed by this version."""
        return self._reasons(algorithm, is_no_video=False)

    def no_videos(self, algorithm: str) -> dict[str, str]:
        """The reason for each file that has no moving picture: nothing is wrong with it."""
        return self._reasons(algorithm, is_no_video=True)

    def _reasons(self, algorithm: str, *, is_no_video: bool) -> dict[str, str]:
        rows = self._database.execute(
            "SELECT sha256, reason FROM failure WHERE algorithm = ? AND is_no_video = ?",
            (algorithm, is_no_video),
        )
        return dict(rows)

    def within(self, algorithm: str, memory: int | None, seconds: float) -> set[str]:
        """The files of `reasons` that would fail again within these limits.

        Not so one that failed for want of memory (MiB, None for no limit) or of time (seconds), if
        there is more of it now.
        """
        rows = self._database.execute(
            "SELECT sha256 FROM failure WHERE algorithm = ? AND NOT is_no_video "
            "AND (memory IS NULL OR memory >= ?) AND (seconds IS NULL OR seconds >= ?)",
            (algorithm, memory, seconds),
        )
        return {sha256 for (sha256,) in rows}

    def add(
        self,
        sha256: str,
        algorithm: str,
        reason: str,
        *,
        memory: int | None = None,
        seconds: float | None = None,
        is_no_video: bool = False,
    ) -> None:
        """Note that a file cannot be hashed, so that it is not tried in every run.

        memory, seconds: the limit that it needs more than, if that is why.
        is_no_video: whether it has no moving picture, so that there is nothing to hash.
        """
        self._database.execute(
            "INSERT OR REPLACE INTO failure VALUES (?, ?, ?, ?, ?, ?)",
            (sha256, algorithm, reason, memory, seconds, is_no_video),
        )

    def forget(self, sha256: str) -> None:
        """The file could be hashed after all."""
        self._database.execute("DELETE FROM failure WHERE sha256 = ?", (sha256,))

    def drop(self, algorithm: str, files: Iterable[str]) -> None:
        """Forget why these files failed with this version, and nothing else."""
        self._database.execute_for_each(
            "DELETE FROM failure WHERE algorithm = ? AND sha256 = ?",
            ((algorithm, sha256) for sha256 in files),
        )
