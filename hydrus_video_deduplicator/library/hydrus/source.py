"""How a worker process reads a file of Hydrus: from disk where it can, else over HTTP."""

from __future__ import annotations

import functools
import io
import logging
import os
import stat
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any, BinaryIO

from hydrus_video_deduplicator.errors import CallFailed, FileGone, PermissionMissing
from hydrus_video_deduplicator.library.blocks import BlockFile
from hydrus_video_deduplicator.library.hydrus import answers
from hydrus_video_deduplicator.library.hydrus.connection import Connection
from hydrus_video_deduplicator.library.hydrus.endpoint import Endpoint
from hydrus_video_deduplicator.library.hydrus.trouble import Refused
from hydrus_video_deduplicator.library.readers import open_local, slot

log = logging.getLogger(__name__)

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
        self._is_local = endpoint.is_this_machine

    def open(self, sha256: str) -> BinaryIO:
        return self._open_on_disk(sha256) or self._open_over_http(sha256)

    def _open_on_disk(self, sha256: str) -> BinaryIO | None:
        if not self._may_see_paths:
            return None
        try:
            path, size = self._connection.ask("get_file_path", _path_and_size, hash_=sha256)
        except PermissionMissing:
            log.debug("the key does not permit seeing local file paths: reading over HTTP")
            self._may_see_paths = False
            return None
        except (Refused, FileGone):
            return None  # the request for the file itself will say why
        if is_on_network(path) and not self._is_local:
            return None
        # Hydrus (v681) does not answer a request for the first byte of an empty file.
        return _open_regular_file(path, {size, 0} if self._is_local else {size})

    def _open_over_http(self, sha256: str) -> BinaryIO:
        # the first byte tells the size, which a request for more must know
        with slot():
            first = self._connection.file_part(sha256, 0, 0, limit=WHOLE_FILE_BYTES)
        if first.is_whole:
            return io.BytesIO(first.data)
        fetch = functools.partial(_part_of_file, self._connection, sha256, first.total)
        return io.BufferedReader(BlockFile(fetch, first.total))


@functools.cache
def _reader(endpoint: Endpoint, process: int) -> _Reader:
    """The reader of a process; a forked one must not share the sockets of its parent."""
    return _Reader(endpoint)


def _part_of_file(connection: Connection, sha256: str, size: int, first: int, last: int) -> bytes:
    """The bytes from `first` to `last`.

    Two threads may fetch at once: urllib3 gives each a socket of its own.
    """
    with slot():
        part = connection.file_part(sha256, first, last, limit=last - first + 1)
    if part.total != size:
        raise CallFailed("reading the file: its size changed during the run")
    return part.data


def _path_and_size(answer: Any) -> tuple[str, int]:
    path = answer["path"]
    if not isinstance(path, str):
        raise TypeError
    return path, answers.number(answer["size"])


def is_on_network(path: str) -> bool:
    """Whether Windows would look for the path on another machine, and log in there.

    That of a Hydrus on this machine is the user's own choice; another Hydrus may not send us there.
    """
    return PureWindowsPath(path).drive.startswith("\\\\")


def _open_regular_file(path: str, sizes: set[int]) -> BinaryIO | None:
    """The file, if it is one, has such a size and can be read here: else Hydrus runs elsewhere."""
    try:
        if not Path(path).is_absolute():
            return None
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size not in sizes:
            return None
        return open_local(path)
    except (OSError, ValueError):
        return None
