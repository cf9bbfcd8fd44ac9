"""What was found by comparing signatures, and what has not been compared."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Set

from hydrus_video_deduplicator.library import Pair
from hydrus_video_deduplicator.match import CLOSER_MARGIN, PANEL_MARGIN, Edit, Glimpse, Match
from hydrus_video_deduplicator.store.database import Database
from hydrus_video_deduplicator.store.glimpses import Glimpses

_RANK = (
    "{0}score"
    f" - {PANEL_MARGIN} * (json_extract({{0}}detail, '$.edits') LIKE '%\"{Edit.PANEL.value}\"%')"
    f" + {CLOSER_MARGIN} * COALESCE(json_extract({{0}}detail, '$.closer'), 0)"
)
"""What decides which of two matches of one pair is kept. In place of {0}: the table and a dot."""


class Matches:
    """The tables `match` and `uncompared`."""

    def __init__(self, database: Database, glimpses: Glimpses) -> None:
        self._database = database
        self._glimpses = glimpses

    def uncompared(self, algorithm: str) -> set[str]:
        """The files whose signature has not been compared with all others."""
        rows = self._database.execute(
            "SELECT sha256 FROM uncompared WHERE algorithm = ?", (algorithm,)
        )
        return {sha256 for (sha256,) in rows}

    def add_uncompared(self, sha256: str, algorithm: str) -> None:
        """The signature of the file is new."""
        self._database.execute(
            "INSERT OR IGNORE INTO uncompared VALUES (?, ?)", (sha256, algorithm)
        )

    def add_comparison(
        self,
        algorithm: str,
        compared: Collection[str],
        matches: Iterable[Match],
        glimpses: Iterable[Glimpse] = (),
    ) -> None:
        """Keep what was found of `compared` and all others; those files are new no longer.

        Stale matches of theirs go, unless they were found again.
        """
        with self._database.transaction():
            self._keep(algorithm, matches)
            self._glimpses.add(algorithm, glimpses)
            self._database.connection.executemany(
                "DELETE FROM uncompared WHERE sha256 = ? AND algorithm = ?",
                ((sha256, algorithm) for sha256 in compared),
            )
            self._database.connection.executemany(
                "DELETE FROM match WHERE (a = ? OR b = ?) AND algorithm = ? AND stale = 1 "
                "AND NOT EXISTS (SELECT 1 FROM uncompared WHERE sha256 IN (match.a, match.b) "
                "AND uncompared.algorithm = match.algorithm)",
                ((sha256, sha256, algorithm) for sha256 in compared),
            )

    def at_least(self, algorithm: str, threshold: float) -> list[Match]:
        """Every match that scores at least `threshold`, the strongest first."""
        rows = self._database.execute(
            "SELECT a, b, score, detail FROM match WHERE algorithm = ? AND score >= ? "
            "ORDER BY score DESC, a, b",
            (algorithm, threshold),
        )
        return _unpacked(rows)

    def unheard(self, algorithm: str, threshold: float) -> list[Match]:
        """The matches from `threshold` up whose sound has not been compared."""
        rows = self._database.execute(
            "SELECT a, b, score, detail FROM match "
            "WHERE algorithm = ? AND score >= ? AND heard = 0",
            (algorithm, threshold),
        )
        return _unpacked(rows)

    def add_hearing(self, algorithm: str, matches: Iterable[Match]) -> None:
        """Keep what the sound says of matches."""
        self._database.execute_for_each(
            "UPDATE match SET detail = ?, heard = 1 WHERE a = ? AND b = ? AND algorithm = ?",
            ((json.dumps(m.detail()), m.a, m.b, algorithm) for m in matches),
        )

    def unfollowed(self, algorithm: str) -> list[Pair]:
        """The pairs of the matches of which it has yet to be seen what follows, in order."""
        rows = self._database.execute(
            "SELECT a, b FROM match WHERE algorithm = ? AND followed = 0 AND stale = 0 "
            "ORDER BY a, b",
            (algorithm,),
        )
        return list(rows)

    def of(self, algorithm: str, files: Iterable[str]) -> tuple[list[Match], list[Match]]:
        """All matches of some files: those that are new, and the others."""
        new: dict[Pair, Match] = {}
        others: dict[Pair, Match] = {}
        for sha256 in files:
            new |= self._of_file(sha256, algorithm, "AND followed = 0")
            others |= self._of_file(sha256, algorithm, "AND followed = 1")
        return list(new.values()), list(others.values())

    def among(self, algorithm: str, files: Set[str], most: int) -> list[Match]:
        """The matches between some files, at most so many of each, its strongest."""
        found: dict[Pair, Match] = {}
        for sha256 in files:
            found |= self._of_file(sha256, algorithm, "ORDER BY score DESC LIMIT ?", most)
        return [match for match in found.values() if files >= {*match.pair}]

    def _of_file(self, sha256: str, algorithm: str, which: str, *values: int) -> dict[Pair, Match]:
        """The matches of a file. which: the end of the statement, and its values."""
        rows = self._database.execute(
            "SELECT a, b, score, detail FROM match WHERE (a = ? OR b = ?) AND algorithm = ? "
            f"AND stale = 0 {which}",
            (sha256, sha256, algorithm, *values),
        )
        return {match.pair: match for match in _unpacked(rows)}

    def add_followed(self, algorithm: str, pairs: Iterable[Pair], found: Iterable[Match]) -> None:
        """Keep what was found to follow from the matches of some pairs: they are new no longer."""
        with self._database.transaction():
            self._database.connection.executemany(
                "UPDATE match SET followed = 1 WHERE a = ? AND b = ? AND algorithm = ?",
                ((*pair, algorithm) for pair in pairs),
            )
            self._keep(algorithm, found)

    def _keep(self, algorithm: str, matches: Iterable[Match]) -> None:
        """Within a transaction: keep matches, of a pair the best.

        A pair may be found by several signatures of one file.
        """
        self._database.connection.executemany(
            "INSERT INTO match (a, b, algorithm, score, detail) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET score = excluded.score, detail = excluded.detail, "
            "heard = 0, stale = 0, followed = 0 "
            f"WHERE {_RANK.format('excluded.')} > {_RANK.format('match.')} OR stale = 1",
            ((m.a, m.b, algorithm, m.score, json.dumps(m.detail())) for m in matches),
        )

    def forget(self, sha256: str, algorithm: str) -> None:
        """Within a transaction: forget all that was found of a file, or was to be compared."""
        self._database.execute(
            "DELETE FROM uncompared WHERE sha256 = ? AND algorithm = ?", (sha256, algorithm)
        )
        self._database.execute(
            "DELETE FROM match WHERE ? IN (a, b) AND algorithm = ?", (sha256, algorithm)
        )
        self._glimpses.forget(sha256, algorithm)


def _unpacked(rows: sqlite3.Cursor) -> list[Match]:
    return [Match.from_detail(a, b, score, json.loads(text)) for a, b, score, text in rows]
