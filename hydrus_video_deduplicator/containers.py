"""The only way into FFmpeg's libraries: it limits what they read, and they open no other file.

FFmpeg chooses its reader by the bytes. Without limits, it would follow a playlist disguised as a
video and open the files and addresses in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from errno import EINVAL
from io import SEEK_SET
from typing import BinaryIO, TypeVar

import av
import av.error
import av.subtitles.stream  # PyAV would load it with the first file, under that file's memory limit
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
`matroska`, WMV `asf`). None of them opens other files. Every other one could be attacked: there are
300 more, for playlists, devices, subtitles, pictures and the films of old games."""

MOST_PIXELS = 1 << 26
"""Pixels of a picture, at most: 8192×8192, twice that of 8K. A decoder holds up to 17 pictures,
100 MB each at this size. More lets a small file fill the memory where the system has no limit for
a process."""

BROKEN = (av.error.FFmpegError, ValueError, ArithmeticError)
"""Errors that a broken file causes. A plain `OSError` is not among them: the disk causes it."""

_NO_CONTAINER = (
    av.error.ArgumentError,  # FFmpeg's answer to a format that is not on the list
    av.error.InvalidDataError,
    av.error.EOFError,
)


@contextmanager
def open_container(file: BinaryIO) -> Iterator[InputContainer]:
    """The container in `file`, with its streams.

    Raises `UnreadableVideo`, also for errors that its content causes later, and `MemoryError`.
    """
    try:
        with _opened(file) as container:
            yield container
    except MemoryError:  # the one error of FFmpeg that is not the file's fault
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
        return  # PyAV, at the end: a stream began midway that it does not know (MPEG-TS)
    except av.error.MemoryError:
        return  # a packet that claims to be as large as the memory: the rest cannot be found


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
    """A file without its name, which FFmpeg would use to guess the format and find other files."""

    def __init__(self, file: BinaryIO) -> None:
        self.read, self.tell = file.read, file.tell
        self._seek = file.seek

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """A broken file may send FFmpeg to an impossible position: it gets an errno, as in C.

        Nothing is read here, so no error comes from the disk.
        """
        try:
            return self._seek(offset, whence)
        except (OSError, ValueError):
            return -EINVAL
