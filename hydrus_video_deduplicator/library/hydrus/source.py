"""How a worker process reads a file of Hydrus: from disk where it can, else over HTTP."""

from __future__ import annotations

import functools
import io
import logging
import os
import stat
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from hydrus_video_deduplicator.errors import CallFailed, PermissionMissing
from hydrus_video_deduplicator.library.hydrus import answers
from hydrus_video_deduplicator.library.hydrus.connection import Connection
from hydrus_video_deduplicator.library.hydrus.endpoint import Endpoint
from hydrus_video_deduplicator.library.hydrus.trouble import Refused

log = logging.getLogger(__name__)

BLOCK_BYTES = 2 << 20
"""Read by one request. Larger blocks cost bytes that a decoder which seeks does not need, smaller
ones cost requests."""

BLOCKS_KEPT = 8
"""Blocks of a file in memory, so 16 MiB: enough for sound, pictures and index that lie apart."""

WHOLE_FILE_BYTES = 512 << 20
"""The largest file that is taken whole where ranges are ignored; it is kept in memory."""


@dataclass(frozen=True)
class HydrusSource:
    """A file of Hydrus, for a worker process to read."""

    endpoint: Endpoint
    sha256: str

    def open(self) -> BinaryIO:
        """The bytes of the file, seekable. Nothing is written to disk.

        Raises `CallFailed`, also in later reads, and the errors that end a run.
        """
        return _reader(self.endpoint, os.getpid()).open(self.sha256)


class _Reader:
    """What a process keeps between files: its connection, and whether it may see paths."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._connection = Connection(endpoint, reached=True)
        self._may_see_paths = True

    def open(self, sha256: str) -> BinaryIO:
        return self._open_on_disk(sha256) or self._open_over_http(sha256)

    def _open_on_disk(self, sha256: str) -> BinaryIO | None:
        if not self._may_see_paths:
            return None
        try:
            path, size = self._connection.ask("get_file_path", _path_and_size, hash_=sha256)
        except PermissionMissing:
            log.debug("the key may not see local file paths: reading over HTTP")
            self._may_see_paths = False
            return None
        except Refused:
            return None  # the request for the file itself will say why
        return _open_regular_file(path, size)

    def _open_over_http(self, sha256: str) -> BinaryIO:
        # the first byte tells the size, which a request for more must know
        first = self._connection.file_part(sha256, 0, 0, limit=WHOLE_FILE_BYTES)
        if first.is_whole:
            return io.BytesIO(first.data)
        return io.BufferedReader(RemoteFile(self._connection, sha256, first.total))


@functools.cache
def _reader(endpoint: Endpoint, process: int) -> _Reader:
    """The reader of a process; a forked one must not share the sockets of its parent."""
    return _Reader(endpoint)


class RemoteFile(io.RawIOBase):
    """A file of Hydrus read over HTTP: in blocks, of which a few are kept."""

    def __init__(self, connection: Connection, sha256: str, size: int) -> None:
        """`size` is that of the file, in bytes. Makes no call yet."""
        super().__init__()
        self._connection = connection
        self._sha256 = sha256
        self._size = size
        self._position = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """The position, in bytes from the start."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move, and tell the new position. Makes no call."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if origin + offset < 0:
            raise ValueError("negative position")
        self._position = origin + offset
        return self._position

    def readinto(self, buffer: Any, /) -> int:
        """Read up to the end of a block. Raises `CallFailed`."""
        if self._position >= self._size:
            return 0
        number, start = divmod(self._position, BLOCK_BYTES)
        part = self._block(number)[start : start + len(buffer)]
        buffer[: len(part)] = part
        self._position += len(part)
        return len(part)

    def _block(self, number: int) -> bytes:
        if number in self._blocks:
            self._blocks.move_to_end(number)
        else:
            self._blocks[number] = self._fetch(number)
            if len(self._blocks) > BLOCKS_KEPT:
                self._blocks.popitem(last=False)
        return self._blocks[number]

    def _fetch(self, number: int) -> bytes:
        first = number * BLOCK_BYTES
        last = min(first + BLOCK_BYTES, self._size) - 1
        part = self._connection.file_part(self._sha256, first, last, limit=last - first + 1)
        if part.total != self._size:
            raise CallFailed("get_file: the file changed its size while it was read")
        return part.data


def _path_and_size(answer: Any) -> tuple[str, int]:
    path = answer["path"]
    if not isinstance(path, str):
        raise TypeError
    return path, answers.number(answer["size"])


def _open_regular_file(path: str, size: int) -> BinaryIO | None:
    """The file, if it is one, has that size and can be read here: else Hydrus runs elsewhere."""
    try:
        if not Path(path).is_absolute():
            return None
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size != size:
            return None
        return open(path, "rb")
    except (OSError, ValueError):
        return None
