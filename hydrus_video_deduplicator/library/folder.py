"""A plain folder of videos as a library, for a machine without Hydrus."""

import hashlib
import logging
import os
import time
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hydrus_video_deduplicator.errors import FileGone, UsageError
from hydrus_video_deduplicator.library.protocol import (
    Extent,
    Judgement,
    Listing,
    Pair,
    PairStatus,
    Source,
    Surveyed,
)
from hydrus_video_deduplicator.library.readers import open_local
from hydrus_video_deduplicator.library.walking import reason_of, walk

log = logging.getLogger(__name__)

BLOCK_BYTES = 8 << 20
"""Read at a time to hash a file: small enough to show the progress within a large one."""

KEEP_EVERY_BYTES = 1 << 30
"""Bytes that are read before hashes are kept again: each time costs a write to the disk."""

SETTLED_NS = 2_000_000_000
"""Nanoseconds since the last change of a file before its hash is kept. A file system may have one
time for all changes within two seconds (FAT), so a later one might go unnoticed."""

Hashed = tuple[bytes, str, str]
"""A path, as the system has it; the stamp of the file; and its SHA-256."""


def _recall_nothing(path: bytes, stamp: str) -> None:
    """There was no earlier run."""


def _none_unrelated(library: str) -> Collection[Pair]:
    """The user has decided nothing."""
    return ()


def _keep_nothing(hashed: Iterable[Hashed]) -> None:
    """Nothing is kept for later runs."""


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A `Source` on this machine's disk."""

    path: Path

    def open(self) -> BinaryIO:
        """See `Source`."""
        try:
            return open_local(self.path)
        except FileNotFoundError as error:
            raise FileGone(str(error)) from None


class FolderLibrary:
    """The videos of a folder and its subfolders. Posted pairs are only held in memory.

    A file is identified by the hash of its bytes. Reading them all takes as long as copying them,
    so the hash of an unchanged file is taken from an earlier run.
    """

    def __init__(
        self,
        folder: Path,
        recall: Callable[[bytes, str], str | None] = _recall_nothing,
        keep: Callable[[Iterable[Hashed]], None] = _keep_nothing,
        unrelated: Callable[[str], Collection[Pair]] = _none_unrelated,
    ) -> None:
        """Raises `UsageError` if the folder cannot be listed.

        recall: gives the hash of a file by its path and stamp. keep: takes what was hashed.
        unrelated: gives the pairs of a library, by its identity, that do not belong together.
        """
        try:
            os.scandir(folder).close()
        except OSError as error:
            raise UsageError(
                f"The folder {folder} cannot be listed: {reason_of(error)}. Give --folder a folder"
                " of videos."
            ) from error
        self._folder = folder.resolve()
        self._recall = recall
        self._keep = keep
        self._unrelated = unrelated
        self._is_surveyed = False
        self._paths: dict[str, list[Path]] = {}
        self._status: dict[str, os.stat_result] = {}
        self._unreadable: dict[str, str] = {}
        self._posted: set[Pair] = set()

    @property
    def identity(self) -> str:
        """See `Library`."""
        return self._folder.as_uri()

    @property
    def place(self) -> str:
        """See `Library`."""
        return f"the folder {self._folder.name or self._folder}"

    @property
    def keeps_pairs(self) -> bool:
        """See `Library`."""
        return False

    def survey(self) -> Iterator[Surveyed]:
        """See `Library`: hash the bytes of all files."""
        if self._is_surveyed:
            return
        self._is_surveyed = True
        found = walk(self._folder)
        if found.left_out:
            log.debug(
                "skipped (hidden, in the trash, or another link to a file): %d",
                len(found.left_out),
            )
        self._unreadable |= {self._name(path): why for path, why in found.unreadable.items()}
        newest_first = sorted(found.files, key=lambda path: (-found.files[path].st_mtime, path))
        files = {path: found.files[path] for path in newest_first}
        hashes = {path: self._recall(os.fsencode(path), _stamp(s)) for path, s in files.items()}
        to_read = {path: status for path, status in files.items() if hashes[path] is None}
        yield Surveyed(0, sum(status.st_size for status in to_read.values()))
        read: dict[Path, str] = {}
        yield from self._hash_all(to_read, read)
        for path, status in files.items():
            if (sha256 := hashes[path] or read.get(path)) is not None:
                self._paths.setdefault(sha256, []).append(path)
                self._status.setdefault(sha256, status)

    def _hash_all(
        self, files: Mapping[Path, os.stat_result], hashes: dict[Path, str]
    ) -> Iterator[Surveyed]:
        """Put the hash of each file that can be read into `hashes`."""
        done, kept_at = 0, 0
        total = sum(status.st_size for status in files.values())
        unkept: list[Hashed] = []
        try:
            for path, status in files.items():
                is_settled = time.time_ns() - status.st_mtime_ns > SETTLED_NS
                try:
                    for count in _hash(path, hashes):
                        done += count
                        yield Surveyed(done, total)
                except OSError as error:
                    self._unreadable[self._name(path)] = f"cannot be read: {reason_of(error)}"
                    continue
                if is_settled:
                    unkept.append((os.fsencode(path), _stamp(status), hashes[path]))
                if done - kept_at >= KEEP_EVERY_BYTES:
                    self._keep(unkept)
                    unkept, kept_at = [], done
        finally:  # also when the run is interrupted
            if unkept:
                self._keep(unkept)

    def find(self) -> list[str]:
        """See `Library`. Files with the same bytes are one."""
        for _ in self.survey():
            pass
        return list(self._paths)

    def unreadable(self) -> Mapping[str, str]:
        """See `Library`."""
        return self._unreadable

    def identical(self) -> Mapping[str, Sequence[str]]:
        """See `Library`. Empty files are no copies of each other."""
        return {
            sha256: [self._name(path) for path in paths]
            for sha256, paths in self._paths.items()
            if len(paths) > 1 and self._status[sha256].st_size
        }

    def source(self, sha256: str) -> Source:
        """See `Library`."""
        return LocalFile(self._paths[sha256][0])

    def extents(self, videos: Sequence[str]) -> dict[str, Extent]:
        """See `Library`. Only opening the files would tell their durations."""
        return {sha256: Extent(self._status[sha256].st_size) for sha256 in videos}

    def label(self, sha256: str) -> str:
        """See `Library`: every path of a file with these bytes."""
        if sha256 not in self._paths:
            return sha256
        first, *others = map(self._name, self._paths[sha256])
        return f"{first} (also {', '.join(others)})" if others else first

    def search_for(self, files: Collection[str]) -> str:
        """Nothing: paths name them."""
        return ""

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self._folder))

    def listings(self, files: Collection[str]) -> Iterator[tuple[str, Listing]]:
        """See `Library`. The time is that of the file's last change."""
        for sha256 in files:
            if (paths := self._paths.get(sha256)) is not None:
                status = self._status[sha256]
                yield sha256, Listing(status.st_size, imported=status.st_mtime, path=paths[0])

    def untagged(self, namespace: str, videos: Collection[str]) -> set[str]:
        """See `Library`. A folder has no tags to write."""
        return set()

    def tagged(self, namespace: str) -> Iterator[tuple[str, list[str]]]:
        """See `Library`. A folder has no tags."""
        return iter(())

    def carriers(self, namespace: str) -> set[str]:
        """None: a folder has no tags."""
        return set()

    def tag_counts(self, namespace: str) -> dict[str, int]:
        """None: a folder has no tags."""
        return {}

    def tags_of(self, namespace: str, files: Collection[str]) -> Iterator[tuple[str, list[str]]]:
        """None: a folder has no tags."""
        return iter(())

    def may_be_mistagged(self, namespace: str) -> Iterator[tuple[str, list[str]]]:
        """None: a folder has no tags."""
        return iter(())

    def waiting(self, namespace: str) -> int:
        """None: a folder keeps no pairs."""
        return 0

    def add_tag(self, sha256: str, tag: str) -> None:
        """See `Library`."""
        raise NotImplementedError("a folder has no tags")

    def remove_tags(self, sha256: str, tags: Collection[str]) -> None:
        """See `Library`. A folder has no tags."""

    def statuses(self, pairs: Sequence[Pair]) -> list[PairStatus]:
        """See `Library`."""
        unrelated = self._unrelated(self.identity)
        return [
            PairStatus.GONE
            if not self._paths.keys() >= set(pair)
            else PairStatus.JUDGED
            if pair in unrelated
            else PairStatus.POTENTIAL
            if pair in self._posted
            else PairStatus.NONE
            for pair in pairs
        ]

    def post(self, pairs: Sequence[Pair]) -> None:
        """See `Library`."""
        self._posted.update(pairs)

    def judge(self, judgements: Sequence[Judgement], *, merges: bool) -> None:
        """See `Library`."""
        raise NotImplementedError("a folder keeps no judgements")

    def holds(self, judgements: Sequence[Judgement]) -> list[bool]:
        """See `Library`. A folder keeps no judgements."""
        return [False] * len(judgements)

    def bystanders(self, pairs: Collection[Pair]) -> set[Pair]:
        """See `Library`."""
        files = {sha256 for pair in pairs for sha256 in pair}
        return {pair for pair in self._posted if files & set(pair)}.difference(pairs)

    def remove_potentials(self, hashes: Collection[str]) -> None:
        """See `Library`."""
        self._posted = {pair for pair in self._posted if not set(pair) & set(hashes)}


def _hash(path: Path, hashes: dict[Path, str]) -> Generator[int, None, None]:
    """Put the SHA-256 of a file into `hashes`; yields each number of bytes read."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
            yield len(block)
    hashes[path] = digest.hexdigest()


def _stamp(status: os.stat_result) -> str:
    """Changes when the file does: while the stamp is the same, so are the bytes, presumably.

    The time of change (`ctime`) reveals a file over which another was copied with its old date.
    """
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"
