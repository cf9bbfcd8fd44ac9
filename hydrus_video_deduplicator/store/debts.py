"""Pairs that a rollback owes the user: they were not ours, and it has to put them back."""

from collections.abc import Collection

from hydrus_video_deduplicator.library import Pair
from hydrus_video_deduplicator.store.database import Database


class Debts:
    """The table `put_back`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def owed(self, library: str) -> set[Pair]:
        """Pairs that were not ours and that a rollback has removed, or is about to."""
        rows = self._database.execute("SELECT a, b FROM put_back WHERE library = ?", (library,))
        return {(a, b) for a, b in rows}

    def owe(self, library: str, pairs: Collection[Pair]) -> None:
        """Note pairs before they are removed."""
        self._database.execute_for_each(
            "INSERT OR IGNORE INTO put_back VALUES (?, ?, ?)", ((library, a, b) for a, b in pairs)
        )

    def settle(self, library: str, pairs: Collection[Pair]) -> None:
        """Note that pairs are back."""
        self._database.execute_for_each(
            "DELETE FROM put_back WHERE library = ? AND a = ? AND b = ?",
            ((library, a, b) for a, b in pairs),
        )
