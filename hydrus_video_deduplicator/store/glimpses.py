"""Where long videos are to be looked at again, because a short one may lie there."""

from collections.abc import Iterable

from hydrus_video_deduplicator.match import Glimpse
from hydrus_video_deduplicator.store.database import Database


class Glimpses:
    """The table `glimpse`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, algorithm: str) -> list[Glimpse]:
        """Every one that has not been settled, the likeliest first."""
        rows = self._database.execute(
            "SELECT short, long, start, stop, likeness FROM glimpse WHERE algorithm = ? "
            "ORDER BY likeness DESC, short, long",
            (algorithm,),
        )
        return [
            Glimpse(short, long, (start, stop), likeness)
            for short, long, start, stop, likeness in rows
        ]

    def add(self, algorithm: str, glimpses: Iterable[Glimpse]) -> None:
        """Within a transaction: keep these. Of two files, the likeliest counts."""
        self._database.connection.executemany(
            "INSERT INTO glimpse VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE "
            "SET start = excluded.start, stop = excluded.stop, likeness = excluded.likeness "
            "WHERE excluded.likeness > likeness",
            ((g.short, g.long, algorithm, *g.span, g.likeness) for g in glimpses),
        )

    def settle(self, algorithm: str, glimpses: Iterable[Glimpse]) -> None:
        """These have been looked into."""
        self._database.execute_for_each(
            "DELETE FROM glimpse WHERE short = ? AND long = ? AND algorithm = ?",
            ((g.short, g.long, algorithm) for g in glimpses),
        )

    def forget(self, sha256: str, algorithm: str) -> None:
        """Within a transaction: forget those of a file."""
        self._database.execute(
            "DELETE FROM glimpse WHERE ? IN (short, long) AND algorithm = ?", (sha256, algorithm)
        )
