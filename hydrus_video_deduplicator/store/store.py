"""The SQLite store in the data directory.

Losing it costs time: signatures are made again, and Hydrus itself is asked about every pair before
it is posted. Only which pairs are ours cannot be found out again. Each method is one transaction,
so a kill at any moment leaves the store as it was before or after it; each waits until the disk has
it, so that a loss of power takes nothing.
"""

import json
import logging
import sqlite3
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from hydrus_video_deduplicator.errors import DataDirectoryUnusable
from hydrus_video_deduplicator.library import Pair
from hydrus_video_deduplicator.match import Match
from hydrus_video_deduplicator.signature import OVER_BLACK

log = logging.getLogger(__name__)

SCHEMA_VERSION = 3
MIGRATIONS = (2, 3)
"""Versions that a store of the version before is brought to by `migration_VERSION.sql`."""

FILE_NAME = "store.sqlite3"


LOCK_SECONDS = 60.0
"""For another thread to end its transaction, which takes milliseconds, on a slow disk seconds."""


class PostState(Enum):
    """What became of a pair in a library."""

    INTENDED = "intended"
    """Written before the post: if the run dies in between, the pair is still known as ours."""
    RECORDED = "recorded"
    """We posted it and read it back."""
    NOT_RECORDED = "not recorded"
    """The library answered that all was well and holds nothing: to be posted again."""
    PRESENT = "present"
    """It was a potential pair before we came; not ours to take away."""
    JUDGED = "judged"
    """The user had decided before we came."""


CORRUPT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
"""SQLite's errors that say that the file is not, or no longer, a database."""

WHAT_IS_LOST = (
    "Every file is hashed again. The pairs posted so far stay in Hydrus, but are no longer known "
    "as this program's, so rollback cannot take them back."
)

LOOKED_AT = f"The store {{}} is corrupt. The next run begins a new one. {WHAT_IS_LOST}"

DUE_AGAIN = frozenset({PostState.INTENDED, PostState.NOT_RECORDED})
"""States in which a pair is posted again by the next run."""


class PackedSketch(NamedTuple):
    """A sketch of a signature as bytes: its records listed and placed.

    version: of this kind of sketch.
    """

    version: str
    listed: bytes
    placed: bytes


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is kept of a file.

    video_hash: 16 hex digits of VideoHash.
    signature: the bytes of the signature.
    too_little: why there is too little in the video to judge it, or None.
    sketch: of the signature; if None, it is made when it is needed.
    readable: share of the video that could be decoded, 0 to 1.
    over_black: of the same laid over black, if it is transparent anywhere.
    """

    video_hash: str
    signature: bytes
    too_little: str | None = None
    sketch: PackedSketch | None = None
    readable: float = 1.0
    over_black: Self | None = None


def has_store(data_dir: Path) -> bool:
    """Whether a store was ever made in the data directory."""
    return (data_dir / FILE_NAME).is_file()


class Store:
    """Open with `Store.open`; a context manager, of which each thread may use the methods.

    An error of SQLite that leaves it becomes `DataDirectoryUnusable`: the disk is full, or the file
    has turned out to be corrupt, and is then set aside unless it was opened to be looked at.
    """

    def __init__(self, path: Path, *, replaces: bool = True) -> None:
        self._path = path
        self._replaces = replaces
        self._connections: dict[int, sqlite3.Connection] = {}
        try:
            _prepare(self._db, path)
        except BaseException:
            self.close()
            raise

    @classmethod
    def open(cls, data_dir: Path, *, replaces: bool = True) -> Self:
        """The store in `data_dir`, made if there is none. Raises `DataDirectoryUnusable`.

        replaces: begin a new one if it is corrupt. Who only looks must not: a run may be at work.
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
            f"Cannot go on with {self._path}: {error}. What is done is kept. Is the disk full? Make"
            " room, or choose another --data-dir; then run again."
        ) from error

    def close(self) -> None:
        """Close it for all threads."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    @property
    def _db(self) -> sqlite3.Connection:
        """The connection of this thread: what one thread writes never is within another's write."""
        thread = threading.get_ident()
        if thread not in self._connections:
            self._connections[thread] = _connect(self._path)
        return self._connections[thread]

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What this thread reads meanwhile is of one moment, whatever other threads write."""
        with self._transaction("DEFERRED"):
            yield

    # Signatures and failures

    def signed(self, algorithm: str) -> set[str]:
        """The files that have a signature of this version."""
        rows = self._db.execute("SELECT sha256 FROM signature WHERE algorithm = ?", (algorithm,))
        return {sha256 for (sha256,) in rows}

    def video_hash(self, sha256: str, algorithm: str) -> str | None:
        """16 hex digits, or None for a file without a signature."""
        row = self._db.execute(
            "SELECT video_hash FROM signature WHERE sha256 = ? AND algorithm = ?",
            (sha256, algorithm),
        ).fetchone()
        return None if row is None else str(row[0])

    def signatures_of(self, algorithm: str, files: Iterable[str]) -> dict[str, bytes]:
        """The bytes of the signature of each of these files."""
        query = "SELECT signature FROM signature WHERE sha256 = ? AND algorithm = ?"
        rows = ((sha256, self._db.execute(query, (sha256, algorithm))) for sha256 in files)
        return {sha256: row[0] for sha256, found in rows for row in found}

    def signatures(self, algorithm: str) -> Iterator[tuple[str, bytes]]:
        """Every file with the bytes of its signature, in the order of their hashes."""
        yield from self._db.execute(
            "SELECT sha256, signature FROM signature WHERE algorithm = ? ORDER BY sha256",
            (algorithm,),
        )

    def too_little(self, algorithm: str) -> dict[str, str]:
        """The reason for each file in which there is too little to judge it."""
        rows = self._db.execute(
            "SELECT sha256, too_little FROM signature "
            "WHERE algorithm = ? AND too_little IS NOT NULL",
            (algorithm,),
        )
        return dict(rows)

    def partly_read(self, algorithm: str) -> dict[str, float]:
        """The share, 0 to 1, of each file of which not all could be decoded."""
        rows = self._db.execute(
            "SELECT sha256, readable FROM signature WHERE algorithm = ? AND readable < 1",
            (algorithm,),
        )
        return dict(rows)

    def doubtful(self, algorithm: str) -> set[str]:
        """The files whose signature is of an earlier version, which read some files otherwise."""
        rows = self._db.execute("SELECT sha256 FROM doubtful WHERE algorithm = ?", (algorithm,))
        return {sha256 for (sha256,) in rows}

    def trust(self, sha256: str, algorithm: str) -> None:
        """The signature of the file is as this version makes it."""
        self._db.execute(
            "DELETE FROM doubtful WHERE sha256 = ? AND algorithm = ?", (sha256, algorithm)
        )

    def forget_signature(self, sha256: str, algorithm: str) -> None:
        """Forget the signature of a file, and the matches that were found by it."""
        with self._transaction():
            for table in ("signature", "sketch", "uncompared", "doubtful"):
                self._db.execute(
                    f"DELETE FROM {table} WHERE sha256 = ? AND algorithm = ?", (sha256, algorithm)
                )
            self._db.execute(
                "DELETE FROM match WHERE ? IN (a, b) AND algorithm = ?", (sha256, algorithm)
            )

    def add_fingerprint(self, sha256: str, algorithm: str, fingerprint: Fingerprint) -> None:
        """Keep what was made of a file; a failure noted before is forgotten."""
        prints = {sha256: fingerprint, sha256 + OVER_BLACK: fingerprint.over_black}
        kept = ((name, each) for name, each in prints.items() if each is not None)
        self.add_fingerprints(algorithm, kept)

    def add_fingerprints(
        self, algorithm: str, fingerprints: Iterable[tuple[str, Fingerprint]]
    ) -> None:
        """As `add_fingerprint`, of many files at once."""
        with self._transaction():
            for sha256, fingerprint in fingerprints:
                key = sha256, algorithm
                self._db.execute(
                    "INSERT OR REPLACE INTO signature VALUES (?, ?, ?, ?, ?, ?)",
                    (
                        *key,
                        fingerprint.video_hash,
                        fingerprint.signature,
                        fingerprint.too_little,
                        fingerprint.readable,
                    ),
                )
                self._db.execute("INSERT OR IGNORE INTO uncompared VALUES (?, ?)", key)
                self._forget_sketch(sha256, algorithm)
                if fingerprint.sketch is not None:
                    self._keep_sketch(sha256, algorithm, fingerprint.sketch)
                self._db.execute("DELETE FROM failure WHERE sha256 = ?", (sha256,))

    def failures(self, algorithm: str) -> dict[str, str]:
        """The reason for each file that could not be hashed by this version."""
        rows = self._db.execute(
            "SELECT sha256, reason FROM failure WHERE algorithm = ?", (algorithm,)
        )
        return dict(rows)

    def failures_within(self, algorithm: str, memory: int | None, seconds: float) -> set[str]:
        """The files of `failures` that would fail again within these limits.

        Not so one that failed for want of memory (MiB, None for no limit) or of time (seconds), if
        there is more of it now.
        """
        rows = self._db.execute(
            "SELECT sha256 FROM failure WHERE algorithm = ? "
            "AND (memory IS NULL OR memory >= ?) AND (seconds IS NULL OR seconds >= ?)",
            (algorithm, memory, seconds),
        )
        return {sha256 for (sha256,) in rows}

    def add_failure(
        self,
        sha256: str,
        algorithm: str,
        reason: str,
        *,
        memory: int | None = None,
        seconds: float | None = None,
    ) -> None:
        """Note that a file cannot be hashed, so that it is not tried in every run.

        memory, seconds: the limit that it needs more than, if that is why.
        """
        self._db.execute(
            "INSERT OR REPLACE INTO failure VALUES (?, ?, ?, ?, ?)",
            (sha256, algorithm, reason, memory, seconds),
        )

    # Hashes of files in plain folders

    def file_hash(self, path: bytes, stamp: str) -> str | None:
        """The SHA-256 of the file, if it was seen there with the same stamp."""
        row = self._db.execute(
            "SELECT sha256 FROM file_hash WHERE path = ? AND stamp = ?", (path, stamp)
        ).fetchone()
        return None if row is None else str(row[0])

    def add_file_hashes(self, hashed: Iterable[tuple[bytes, str, str]]) -> None:
        """Keep the hashes of files, each with its path and stamp."""
        with self._transaction():
            self._db.executemany("INSERT OR REPLACE INTO file_hash VALUES (?, ?, ?)", hashed)

    # Sketches

    def unsketched(self, algorithm: str, version: str) -> list[str]:
        """The files that have a signature but no sketch of this version, in their order."""
        rows = self._db.execute(
            "SELECT sha256 FROM signature WHERE algorithm = ? EXCEPT "
            "SELECT sha256 FROM sketch WHERE algorithm = ? AND version = ? ORDER BY sha256",
            (algorithm, algorithm, version),
        )
        return [sha256 for (sha256,) in rows]

    def add_sketches(self, algorithm: str, sketches: Iterable[tuple[str, PackedSketch]]) -> None:
        """Keep the sketches of files, each instead of an older one."""
        with self._transaction():
            for sha256, sketch in sketches:
                self._forget_sketch(sha256, algorithm)
                self._keep_sketch(sha256, algorithm, sketch)

    def sketch_sizes(self, algorithm: str, version: str) -> tuple[int, int]:
        """Bytes of all that is listed and of all that is placed."""
        row = self._db.execute(
            "SELECT TOTAL(LENGTH(listed)), TOTAL(LENGTH(placed)) FROM sketch "
            "WHERE algorithm = ? AND version = ?",
            (algorithm, version),
        ).fetchone()
        return int(row[0]), int(row[1])

    def sketches(self, algorithm: str, version: str) -> Iterator[tuple[str, bytes, bytes]]:
        """Every file with what is listed and what is placed, in the order in which they lie."""
        yield from self._db.execute(
            "SELECT sha256, listed, placed FROM sketch NOT INDEXED "
            "WHERE algorithm = ? AND version = ?",
            (algorithm, version),
        )

    def _keep_sketch(self, sha256: str, algorithm: str, sketch: PackedSketch) -> None:
        self._db.execute("INSERT INTO sketch VALUES (?, ?, ?, ?, ?)", (sha256, algorithm, *sketch))

    def _forget_sketch(self, sha256: str, algorithm: str) -> None:
        self._db.execute(
            "DELETE FROM sketch WHERE sha256 = ? AND algorithm = ?", (sha256, algorithm)
        )

    # Matches

    def uncompared(self, algorithm: str) -> set[str]:
        """The files whose signature has not been compared with all others."""
        rows = self._db.execute("SELECT sha256 FROM uncompared WHERE algorithm = ?", (algorithm,))
        return {sha256 for (sha256,) in rows}

    def add_comparison(
        self, algorithm: str, compared: Collection[str], matches: Iterable[Match]
    ) -> None:
        """Keep the matches of `compared` with all others; those files are new no longer."""
        with self._transaction():
            self._db.executemany(
                # a pair may be found by several signatures of one file: the best match counts
                "INSERT INTO match VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT DO UPDATE "
                "SET score = excluded.score, detail = excluded.detail, heard = 0 "
                "WHERE excluded.score > score",
                ((m.a, m.b, algorithm, m.score, json.dumps(m.detail())) for m in matches),
            )
            self._db.executemany(
                "DELETE FROM uncompared WHERE sha256 = ? AND algorithm = ?",
                ((sha256, algorithm) for sha256 in compared),
            )

    def matches(self, algorithm: str, threshold: float) -> list[Match]:
        """Every match that scores at least `threshold`, the strongest first."""
        rows = self._db.execute(
            "SELECT a, b, score, detail FROM match WHERE algorithm = ? AND score >= ? "
            "ORDER BY score DESC, a, b",
            (algorithm, threshold),
        )
        return [Match.from_detail(a, b, score, json.loads(text)) for a, b, score, text in rows]

    # Sound

    def unheard(self, algorithm: str, threshold: float) -> list[Match]:
        """The matches from `threshold` up whose sound has not been compared."""
        rows = self._db.execute(
            "SELECT a, b, score, detail FROM match "
            "WHERE algorithm = ? AND score >= ? AND heard = 0",
            (algorithm, threshold),
        )
        return [Match.from_detail(a, b, score, json.loads(text)) for a, b, score, text in rows]

    def listened(self, algorithm: str) -> set[str]:
        """The files whose sound is known, or known to be missing."""
        rows = self._db.execute("SELECT sha256 FROM soundprint WHERE algorithm = ?", (algorithm,))
        return {sha256 for (sha256,) in rows}

    def soundprint(self, sha256: str, algorithm: str) -> bytes | None:
        """The bytes of a soundprint; None for a file without sound."""
        row = self._db.execute(
            "SELECT soundprint FROM soundprint WHERE sha256 = ? AND algorithm = ?",
            (sha256, algorithm),
        ).fetchone()
        return None if row is None else row[0]

    def add_soundprint(self, sha256: str, algorithm: str, soundprint: bytes | None) -> None:
        """Keep the sound of a file, or that it has none."""
        self._db.execute(
            "INSERT OR REPLACE INTO soundprint VALUES (?, ?, ?)", (sha256, algorithm, soundprint)
        )

    def add_hearing(self, algorithm: str, matches: Iterable[Match]) -> None:
        """Keep what the sound says of matches."""
        with self._transaction():
            self._db.executemany(
                "UPDATE match SET detail = ?, heard = 1 WHERE a = ? AND b = ? AND algorithm = ?",
                ((json.dumps(m.detail()), m.a, m.b, algorithm) for m in matches),
            )

    # The ledger of posted pairs

    def postings(self, library: str) -> dict[Pair, PostState]:
        """What became of each pair that was ever posted, or found there, in the library."""
        rows = self._db.execute("SELECT a, b, state FROM posting WHERE library = ?", (library,))
        return {(a, b): PostState(state) for a, b, state in rows}

    def record(self, library: str, states: Mapping[Pair, PostState]) -> None:
        """Write into the ledger."""
        with self._transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO posting VALUES (?, ?, ?, ?)",
                ((library, a, b, state.value) for (a, b), state in states.items()),
            )

    def forget_postings(self, library: str, pairs: Collection[Pair]) -> None:
        """Strike pairs out of the ledger."""
        with self._transaction():
            self._db.executemany(
                "DELETE FROM posting WHERE library = ? AND a = ? AND b = ?",
                ((library, a, b) for a, b in pairs),
            )

    def forget_ledger(self, library: str) -> None:
        """Strike all pairs of a library out of the ledger."""
        self._db.execute("DELETE FROM posting WHERE library = ?", (library,))

    # Pairs that a rollback owes the user

    def pairs_to_put_back(self, library: str) -> set[Pair]:
        """Pairs that were not ours and that a rollback has removed, or is about to."""
        rows = self._db.execute("SELECT a, b FROM put_back WHERE library = ?", (library,))
        return {(a, b) for a, b in rows}

    def owe(self, library: str, pairs: Collection[Pair]) -> None:
        """Note pairs before they are removed."""
        with self._transaction():
            self._db.executemany(
                "INSERT OR IGNORE INTO put_back VALUES (?, ?, ?)",
                ((library, a, b) for a, b in pairs),
            )

    def settle(self, library: str, pairs: Collection[Pair]) -> None:
        """Note that pairs are back."""
        with self._transaction():
            self._db.executemany(
                "DELETE FROM put_back WHERE library = ? AND a = ? AND b = ?",
                ((library, a, b) for a, b in pairs),
            )

    @contextmanager
    def _transaction(self, kind: str = "IMMEDIATE") -> Iterator[None]:
        connection = self._db
        connection.execute(f"BEGIN {kind}")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk has ended it already
                connection.execute("ROLLBACK")
            raise


def _connect(path: Path) -> sqlite3.Connection:
    # closed by the thread that opened the store
    connection = sqlite3.connect(
        path, timeout=LOCK_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
    except BaseException:
        connection.close()
        raise
    return connection


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
        "The store %s was corrupt. It is kept as corrupt-%s-%s, and a new one is begun. %s",
        path,
        stamp,
        path.name,
        WHAT_IS_LOST,
    )


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise DataDirectoryUnusable(
            f"{path} was written by a newer version of this program. Update it, or choose another "
            "--data-dir."
        )
    steps = ["schema"] if version == 0 else [f"migration_{n}" for n in MIGRATIONS if n > version]
    for name in steps:
        script = files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
        target = SCHEMA_VERSION if name == "schema" else int(name.removeprefix("migration_"))
        connection.executescript(
            f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {target}; COMMIT"
        )
