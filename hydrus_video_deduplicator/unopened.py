"""Why a file cannot be opened as a video, judging by its bytes."""

from collections.abc import Iterator
from io import SEEK_END
from typing import BinaryIO

OTHER_FORMAT = "no video or animation of a format that can be read"
NO_INDEX = "its index (moov) is missing: it was cut off, or its download did not finish"

HEAD_BYTES = 512
"""From the start: two packets of MPEG-TS."""

MOST_BOXES = 1000
"""Boxes of an MP4 that are searched for its index; a file has about ten, or fragments after it."""

_TS_PACKET = 188
_ISO_MEDIA = "MP4 or QuickTime"
_ISO_BOXES = frozenset((b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"))
_STARTS = (
    (0, b"\x1aE\xdf\xa3", "Matroska or WebM"),
    (8, b"AVI ", "AVI"),
    (0, b"FLV\x01", "FLV"),
    (0, b"OggS", "Ogg"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "WMV"),
    (0, b"\0\0\x01\xba", "MPEG"),
    (0, b"\0\0\x01\xb3", "MPEG"),
    (0, b".RMF", "RealVideo"),
    (0, b"GIF8", "GIF"),
)
"""The position and the bytes that identify a format, and what people call it."""


def why_unopened(file: BinaryIO) -> str:
    """The reason, for a message. Raises what reading the file raises."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if not head:
        return "the file is empty"
    if not any(head):
        return "its first bytes are all zeros, so the file is damaged"
    name = _format(head)
    if name is None:
        return OTHER_FORMAT
    if name == _ISO_MEDIA and b"moov" not in _boxes(file):
        return NO_INDEX
    return f"it begins like {name}, but it is broken or cut off there"


def _format(head: bytes) -> str | None:
    if head[4:8] in _ISO_BOXES:
        return _ISO_MEDIA
    if head[::_TS_PACKET] == b"G" * 3:
        return "MPEG-TS"
    return next((name for at, start, name in _STARTS if head.startswith(start, at)), None)


def _boxes(file: BinaryIO) -> Iterator[bytes]:
    """The types of the outermost boxes (ISO/IEC 14496-12, 4.2)."""
    end = file.seek(0, SEEK_END)
    place = 0
    for _ in range(MOST_BOXES):
        file.seek(place)
        header = file.read(16)
        if len(header) < 8:
            return
        yield header[4:8]
        size = int.from_bytes(header[:4], "big")
        if size == 1:  # a large one
            size = int.from_bytes(header[8:], "big")
        place += max(8, size)
        if not size or place >= end:
            return
