"""What the search for candidates needs of each signature."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from hydrus_video_deduplicator.store.database import Database


class PackedSketch(NamedTuple):
    """A sketch of a signature as bytes: its records listed and placed.

    version: of this kind of sketch.
    """

    version: str
    listed: bytes
    placed: bytes


class SketchSizes(NamedTuple):
    """How many sketches there are, and bytes of all their records, listed and placed."""

    sketches: int
    listed: int
    placed: int


class Sketches:
    """The table `sketch`. A sketch can be made from its signature again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def missing(self, algorithm: str, version: str) -> list[str]:
        """The files that have a signature but no sketch of this version, in their order."""
        rows = self._database.execute(
            "SELECT sha256 FROM signature WHERE algorithm = ? EXCEPT "
            "SELECT sha256 FROM sketch WHERE algorithm = ? AND version = ? ORDER BY sha256",
            (algorithm, algorithm, version),
        )
        return [sha256 for (sha256,) in rows]

    def sizes(self, algorithm: str, version: str) -> SketchSizes:
        """How many there are, and how large they are."""
        row = self._database.execute(
            "SELECT COUNT(*), TOTAL(LENGTH(listed)), TOTAL(LENGTH(placed)) FROM sketch "
            "WHERE algorithm = ? AND version = ?",
            (algorithm, version),
        ).fetchone()
        return SketchSizes(*map(int, row))

    def of(
        self, algorithm: str, version: str, names: Iterable[str]
    ) -> Iterator[tuple[str, bytes, bytes]]:
        """As `all`, of these alone, where they have a sketch."""
        for name in names:
            yield from self._database.execute(
                "SELECT sha256, listed, placed FROM sketch "
                "WHERE sha256 = ? AND algorithm = ? AND version = ?",
                (name, algorithm, version),
            )

    def all(self, algorithm: str, version: str) -> Iterator[tuple[str, bytes, bytes]]:
        """Every file with its listed and its placed hashes, in their order."""
        yield from self._database.execute(
            "SELECT sha256, listed, placed FROM sketch NOT INDEXED "
            "WHERE algorithm = ? AND version = ?",
            (algorithm, version),
        )

    def add(self, algorithm: str, sketches: Iterable[tuple[str, PackedSketch]]) -> None:
        """Keep the sketches of files, each instead of an older one."""
        with self._database.transaction():
            for sha256, sketch in sketches:
                self.replace(sha256, algorithm, sketch)

    def replace(self, sha256: str, algorithm: str, sketch: PackedSketch | None) -> None:
        """Within a transaction: forget the sketch of a file, and keep this one, if there is one."""
        self._database.execute(
            "DELETE FROM sketch WHERE sha256 = ? AND algorithm = ?", (sha256, algorithm)
        )
        if sketch is not None:
            self._database.execute(
                "INSERT INTO sketch VALUES (?, ?, ?, ?, ?)", (sha256, algorithm, *sketch)
            )
