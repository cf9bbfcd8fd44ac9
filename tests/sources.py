"""Files that do what a decoder can make a worker process do."""

import os
import time
from dataclasses import dataclass
from typing import BinaryIO

from hydrus_video_deduplicator.errors import CallFailed, KeyRefused


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
        raise CallFailed("get_file: no answer")


@dataclass(frozen=True)
class Forbidden:
    """Cannot be had because the key was revoked."""

    def open(self) -> BinaryIO:
        raise KeyRefused("The key was refused.")
