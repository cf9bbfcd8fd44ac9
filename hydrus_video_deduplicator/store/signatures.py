"""What was computed from each file: its signature, its VideoHash, and how reliable they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hydrus_video_deduplicator.store.database import Database
from hydrus_video_deduplicator.store.failures import Failures
from hydrus_video_deduplicator.store.matches import Matches
from hydrus_video_deduplicator.store.sketches import PackedSketch, Sketches


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is kept of a file.

    video_hash: 16 hex digits of VideoHash.
    signature: the bytes of the signature.
    too_little: why there is too little in the video to judge it, or None.
    sketch: of the signature; if None, it is made when it is needed.
    readable: share of the video that could be decoded, 0 to 1.
    further: of the file seen otherwise, by what is added to its name, see `signature.file_of`.
    """

    video_hash: str
    signature: bytes
    too_little: str | None = None
    sketch: PackedSketch | None = None
    readable: float = 1.0
    further: Mapping[str, "Fingerprint"] = field(default_factory=dict)


class Signatures:
    """The tables `signature` and `outdated`.

    Adding or removing a signature also updates what other tables hold of the file.
    """

    def __init__(
        self, database: Database, sketches: Sketches, matches: Matches, failures: Failures
    ) -> None:
        self._database = database
        self._sketches = sketches
        self._matches = matches
        self._failures = failures

    def files(self, algorithm: str) -> set[str]:
        """The files that have a signature of this version."""
        rows = self._database.execute(
            "SELECT sha256 FROM signature WHERE algorithm = ?", (algorithm,)
        )
        return {sha256 for (sha256,) in rows}

    def video_hash(self, sha256: str, algorithm: str) -> str | None:
        """16 hex digits, or None for a file without a signature."""
        row = self._database.execute(
            "SELECT video_hash FROM signature WHERE sha256 = ? AND algorithm = ?",
            (sha256, algorithm),
        ).fetchone()
        return None if row is None else str(row[0])

    def video_hashes(self, algorithm: str) -> dict[str, str]:
        """As `video_hash`, of every file that has one."""
        rows = self._database.execute(
            "SELECT sha256, video_hash FROM signature WHERE algorithm = ?", (algorithm,)
        )
        return dict(rows)

    def of(self, algorithm: str, files: Iterable[str]) -> dict[str, bytes]:
        """The bytes of the signature of each of these files."""
        query = "SELECT signature FROM signature WHERE sha256 = ? AND algorithm = ?"
        rows = ((sha256, self._database.execute(query, (sha256, algorithm))) for sha256 in files)
        return {sha256: row[0] for sha256, found in rows for row in found}

    def names(self, sha256: str, algorithm: str) -> list[str]:
        """The names of all signatures of a file, see `signature.file_of`: its own is the first."""
        rows = self._database.execute(
            "SELECT sha256 FROM signature WHERE algorithm = ? AND "
            "(sha256 = ? OR sha256 > ? AND sha256 < ?) ORDER BY sha256",
            (algorithm, sha256, f"{sha256}~", f"{sha256}~~"),
        )
        return [name for (name,) in rows]

    def too_little(self, algorithm: str) -> dict[str, str]:
        """The reason for each file in which there is too little to judge it."""
        rows = self._database.execute(
            "SELECT sha256, too_little FROM signature "
            "WHERE algorithm = ? AND too_little IS NOT NULL",
            (algorithm,),
        )
        return dict(rows)

    def partly_read(self, algorithm: str) -> dict[str, float]:
        """The share, 0 to 1, of each file that could be decoded only in part."""
        rows = self._database.execute(
            "SELECT sha256, readable FROM signature WHERE algorithm = ? AND readable < 1",
            (algorithm,),
        )
        return dict(rows)

    def outdated(self, algorithm: str) -> set[str]:
        """The files that an earlier version hashed, in which this one may see more."""
        rows = self._database.execute(
            "SELECT sha256 FROM outdated WHERE algorithm = ?", (algorithm,)
        )
        return {sha256 for (sha256,) in rows}

    def add(self, sha256: str, algorithm: str, fingerprint: Fingerprint) -> None:
        """Keep the fingerprint of a file, in place of an earlier one or of a failure."""
        self.add_all(algorithm, [(sha256, fingerprint)])

    def add_all(self, algorithm: str, fingerprints: Iterable[tuple[str, Fingerprint]]) -> None:
        """As `add`, of many files at once."""
        with self._database.transaction():
            for sha256, fingerprint in fingerprints:
                if self.video_hash(sha256, algorithm) is not None:
                    self._forget(sha256, algorithm)
                self._add(sha256, algorithm, fingerprint)
                for suffix, each in fingerprint.further.items():
                    self._add(sha256 + suffix, algorithm, each)

    def add_further(self, sha256: str, algorithm: str, further: Mapping[str, Fingerprint]) -> None:
        """Keep more of a file that has a fingerprint, by what is added to its name."""
        with self._database.transaction():
            for suffix, each in further.items():
                self._add(sha256 + suffix, algorithm, each)

    def _add(self, sha256: str, algorithm: str, fingerprint: Fingerprint) -> None:
        self._write(sha256, algorithm, fingerprint)
        self._matches.add_uncompared(sha256, algorithm)
        self._sketches.replace(sha256, algorithm, fingerprint.sketch)
        self._failures.forget(sha256)

    def _write(self, sha256: str, algorithm: str, fingerprint: Fingerprint) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO signature VALUES (?, ?, ?, ?, ?, ?)",
            (
                sha256,
                algorithm,
                fingerprint.video_hash,
                fingerprint.signature,
                fingerprint.too_little,
                fingerprint.readable,
            ),
        )

    def forget(self, sha256: str, algorithm: str) -> None:
        """Forget the signatures of a file, and the matches that were found by them."""
        with self._database.transaction():
            self._forget(sha256, algorithm)

    def _forget(self, sha256: str, algorithm: str) -> None:
        for name in self.names(sha256, algorithm):
            for table in ("signature", "outdated"):
                self._database.execute(
                    f"DELETE FROM {table} WHERE sha256 = ? AND algorithm = ?", (name, algorithm)
                )
            self._sketches.replace(name, algorithm, None)
            self._matches.forget(name, algorithm)
