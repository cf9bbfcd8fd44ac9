"""The one way into FFmpeg's libraries: what they may read of a file, and that they open no other.

FFmpeg chooses its reader by the bytes. Left alone it takes a playlist dressed as a video at its
word, and opens the files and addresses that it names.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from errno import EINVAL
from io import SEEK_SET
from typing import BinaryIO, TypeVar

import av
import av.error
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from hydrus_video_deduplicator.errors import UnreadableVideo
from hydrus_video_deduplicator.unopened import why_unopened

S = TypeVar("S", AudioStream, VideoStream)

FORMATS = frozenset("apng asf avi flv gif matroska mov mpeg mpegts mpegvideo ogg rm".split())
"""FFmpeg's readers of what Hydrus imports as video or animation, by their names (MP4 is `mov`, WebM
`matroska`, WMV `asf`). None of them opens other files. Each one more is more to attack: there are
300 others, for playlists, devices, subtitles, pictures and the films of old games."""

MOST_PIXELS = 1 << 26
"""Pixels of a picture, at most: 8192×8192, twice that of 8K. A decoder holds up to 17 pictures,
100 MB each at this size. More lets a small file fill the memory where the system has no limit for
a process."""

BROKEN = (av.error.FFmpegError, ValueError, ArithmeticError)
"""What a broken file provokes. A plain `OSError` is none: then it is the disk that is broken."""

_NO_CONTAINER = (
    av.error.ArgumentError,  # FFmpeg's answer to a format that is not on the list
    av.error.InvalidDataError,
    av.error.EOFError,
)


@contextmanager
def open_container(file: BinaryIO) -> Iterator[InputContainer]:
    """The container in `file`, with its streams.

    Raises `UnreadableVideo`, also for what its content provokes later, and `MemoryError`.
    """
    try:
        with _opened(file) as container:
            yield container
    except MemoryError:  # of FFmpeg's errors the one that is not in the file
        raise
    except BROKEN as error:
        raise UnreadableVideo(f"not decodable: {_words(error)}") from error


def check_size(width: int, height: int) -> None:
    """Raises `UnreadableVideo` for pictures that are too large to decode."""
    if width * height > MOST_PIXELS:
        raise UnreadableVideo(f"pictures of {width}×{height} pixels are too large to decode")


def packets(container: InputContainer, stream: S) -> Iterator[Packet[S]]:
    """The packets of a stream, from where the container is, and an empty one at the end."""
    try:
        yield from container.demux(stream)
    except IndexError:
        return  # PyAV, at the end: a stream that it does not know began on the way (MPEG-TS)
    except av.error.MemoryError:
        return  # a packet that says that it is as large as the memory: the rest cannot be found


def has_decoder(stream: Stream) -> bool:
    """Whether FFmpeg's libraries can decode the stream; if not, it lacks its attributes."""
    codec_context: object = stream.codec_context
    return codec_context is not None


def _words(error: Exception) -> str:
    if isinstance(error, av.error.ArgumentError | av.error.PermissionError):
        return "its headers make no sense, or its pictures are too large"
    known = isinstance(error, av.error.FFmpegError) and error.strerror
    return known or str(error)


def _opened(file: BinaryIO) -> InputContainer:
    file.seek(0)
    try:
        return av.open(
            _Nameless(file),
            "r",
            metadata_errors="replace",
            options={"max_pixels": str(MOST_PIXELS)},
            container_options={
                "format_whitelist": ",".join(sorted(FORMATS)),
                "protocol_whitelist": "none",
                "default_fps": "10",  # of an APNG that states no delay, as browsers show it
            },
        )
    except _NO_CONTAINER as error:
        raise UnreadableVideo(why_unopened(file)) from error


class _Nameless:
    """A file without its name, by which FFmpeg would guess, and find what lies beside it."""

    def __init__(self, file: BinaryIO) -> None:
        self.read, self.tell = file.read, file.tell
        self._seek = file.seek

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """Where a broken file sends FFmpeg there may be no place; then it gets an errno, as in C.

        Nothing is read here, so that no error is the disk's.
        """
        try:
            return self._seek(offset, whence)
        except (OSError, ValueError):
            return -EINVAL
