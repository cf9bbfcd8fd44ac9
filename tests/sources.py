"""Files that do what a decoder can make a worker process do."""

import os
import time
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from hydrus_video_deduplicator.errors import CallFailed, KeyRefused
from hydrus_video_deduplicator.library import Source, readers
from hydrus_video_deduplicator.library.folder import LocalFile


@dataclass(frozen=True)
class Crashing:
    """Takes its process with it, as a segmentation fault does."""

    def open(self) -> BinaryIO:
        os._exit(139)


@dataclass(frozen=True)
class Hanging:
    """Never comes back."""

    def open(self) -> BinaryIO:
        while True:
            time.sleep(1)


@dataclass(frozen=True)
class Unfetchable:
    """Cannot be had from Hydrus just now."""

    def open(self) -> BinaryIO:
        raise CallFailed("reading the file: no answer")


@dataclass(frozen=True)
class Forbidden:
    """Cannot be had because the key was revoked."""

    def open(self) -> BinaryIO:
        raise KeyRefused("The key was refused.")


@dataclass(frozen=True)
class SlowlyRead:
    """Is read while Ctrl+C is pressed: says when it is begun, and ends a while after `let_go`."""

    folder: Path

    def open(self) -> BinaryIO:
        (self.folder / "begun").touch()
        while not (self.folder / "go").exists():
            time.sleep(0.001)
        time.sleep(0.2)
        return BytesIO(BYTES)

    def is_begun(self) -> bool:
        return (self.folder / "begun").exists()

    def let_go(self) -> None:
        (self.folder / "go").touch()


BYTES = bytes(range(256)) * 1000


@dataclass(frozen=True)
class Ready:
    """Is there at once."""

    def open(self) -> BinaryIO:
        return BytesIO(BYTES)


def kept(folder: Path) -> LocalFile:
    """The same bytes on disk."""
    path = folder / "kept"
    path.write_bytes(BYTES)
    return LocalFile(path)


def read(source: Source) -> bytes:
    """A task: the bytes of a file."""
    with source.open() as file:
        return file.read()


@dataclass(frozen=True)
class Room:
    """A place that readers enter and leave; no file, but what a task is done on."""

    folder: Path

    def open(self) -> BinaryIO:
        raise NotImplementedError

    def count(self, marks: str = "in *") -> int:
        return len(list(self.folder.glob(marks)))

    def wait_for_workers(self, count: int) -> None:
        """Until so many processes have come, so that they do crowd."""
        (self.folder / f"worker {os.getpid()}").touch()
        while self.count("worker *") < count:
            time.sleep(0.001)


LOOKS = 100
CROWD = 3


def most_readers(room: Room) -> int:
    """A task of a crowd: how many held a slot at most while this one did."""
    room.wait_for_workers(CROWD)
    return most_readers_alone(room)


def most_readers_alone(room: Room) -> int:
    """The same, of one worker."""
    with readers.slot():
        mark = room.folder / f"in {uuid4().hex}"
        mark.touch()
        most = max(room.count() for _ in range(LOOKS))
        mark.unlink()
    return most


def wait_for_another(room: Room) -> bool:
    """A task: holds its slot until another one has been given too."""
    with readers.slot():
        (room.folder / f"in {uuid4().hex}").touch()
        while room.count() < 2:
            time.sleep(0.001)
    return True


def die_reading(room: Room) -> None:
    """A task: a crash while another thread of the process reads, as it does ahead."""
    with readers.slot():
        os._exit(139)
