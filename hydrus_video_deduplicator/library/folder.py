"""A plain folder of videos as a library, for a machine without Hydrus."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hydrus_video_deduplicator.errors import FileGone, UsageError
from hydrus_video_deduplicator.library.protocol import (
    Extent,
    Listing,
    Pair,
    PairStatus,
    Source,
)
from hydrus_video_deduplicator.library.readers import open_local

SUFFIXES = frozenset(
    ".3gp .apng .avi .avif .avifs .flv .gif .heic .heics .heif .heifs .jxl .m2ts .m4v .mkv .mov "
    ".mp4 .mpeg .mpg .mts .ogm .ogv .png .rm .ts .vob .webm .webp .wmv .zip".split()
)
"""What Hydrus imports as video or animation. A still picture among them is named as one."""


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
    """The videos of a folder and its subfolders. Posted pairs are only held in memory."""

    def __init__(self, folder: Path) -> None:
        """Raises `UsageError` if there is no such folder."""
        if not folder.is_dir():
            raise UsageError(f"{folder} is not a folder. Give --folder a folder of videos.")
        self._folder = folder.resolve()
        self._paths: dict[str, Path] = {}
        self._posted: set[Pair] = set()

    @property
    def identity(self) -> str:
        """See `Library`."""
        return self._folder.as_uri()

    @property
    def keeps_pairs(self) -> bool:
        """See `Library`."""
        return False

    def find(self) -> list[str]:
        """See `Library`. Of files with the same bytes the first stands for all."""
        files = [p for p in self._folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file()]
        files.sort(key=lambda path: (-path.stat().st_mtime, path))
        for path in files:
            with path.open("rb") as file:
                self._paths.setdefault(hashlib.file_digest(file, "sha256").hexdigest(), path)
        return list(self._paths)

    def source(self, sha256: str) -> Source:
        """See `Library`."""
        return LocalFile(self._paths[sha256])

    def extents(self, videos: Sequence[str]) -> dict[str, Extent]:
        """See `Library`. To know their durations, the files would have to be opened."""
        return {sha256: Extent(self._paths[sha256].stat().st_size) for sha256 in videos}

    def label(self, sha256: str) -> str:
        """See `Library`."""
        path = self._paths.get(sha256)
        return sha256 if path is None else str(path.relative_to(self._folder))

    def listings(self, files: Collection[str]) -> Iterator[tuple[str, Listing]]:
        """See `Library`. The time is that of the file's last change."""
        for sha256 in files:
            if (path := self._paths.get(sha256)) is not None:
                status = path.stat()
                yield sha256, Listing(status.st_size, imported=status.st_mtime, path=path)

    def untagged(self, namespace: str, videos: Collection[str]) -> set[str]:
        """See `Library`. A folder has no tags to write."""
        return set()

    def tagged(self, namespace: str) -> Iterator[tuple[str, list[str]]]:
        """See `Library`. A folder has no tags."""
        return iter(())

    def add_tag(self, sha256: str, tag: str) -> None:
        """See `Library`."""
        raise NotImplementedError("a folder has no tags")

    def remove_tags(self, sha256: str, tags: Collection[str]) -> None:
        """See `Library`."""
        raise NotImplementedError("a folder has no tags")

    def statuses(self, pairs: Sequence[Pair]) -> list[PairStatus]:
        """See `Library`."""
        return [
            PairStatus.GONE
            if not self._paths.keys() >= set(pair)
            else PairStatus.POTENTIAL
            if pair in self._posted
            else PairStatus.NONE
            for pair in pairs
        ]

    def post(self, pairs: Sequence[Pair]) -> None:
        """See `Library`."""
        self._posted.update(pairs)

    def bystanders(self, pairs: Collection[Pair]) -> set[Pair]:
        """See `Library`."""
        files = {sha256 for pair in pairs for sha256 in pair}
        return {pair for pair in self._posted if files & set(pair)}.difference(pairs)

    def remove_potentials(self, hashes: Collection[str]) -> None:
        """See `Library`."""
        self._posted = {pair for pair in self._posted if not set(pair) & set(hashes)}
