"""How many files are read at once: a limit for all worker processes of this machine.

A hard disk that reads two files at once still reads; one that reads twenty only seeks. Only reading
is limited: a worker that decodes what it has read does not block the others.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from io import BufferedReader, FileIO
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from hydrus_video_deduplicator.library.blocks import BlockFile

Slots = AbstractContextManager[object]
"""Held while a block is read: a semaphore that the worker processes share."""


class _Bound:
    """That of this process, if it was given one."""

    slots: Slots | None = None


def share(slots: Slots | None) -> None:
    """Read only while holding one of `slots` from now on, in this process."""
    _Bound.slots = slots


def slot() -> Slots:
    """To be held around each read from a disk or a network."""
    return nullcontext() if _Bound.slots is None else _Bound.slots


def open_local(path: str | Path) -> BinaryIO:
    """The file, read in blocks while holding a slot if there is a limit. Raises `OSError`."""
    if _Bound.slots is None:
        return open(path, "rb")  # the system reads ahead and caches for everyone
    file, lock = FileIO(path), Lock()

    def fetch(first: int, last: int) -> bytes:
        with slot(), lock:
            file.seek(first)
            return file.read(last - first + 1)

    size = os.fstat(file.fileno()).st_size
    return BufferedReader(BlockFile(fetch, size, on_close=file.close))
