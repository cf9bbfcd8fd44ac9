"""Parts of a file for a browser that seeks in a video, read while they are sent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

CHUNK_BYTES = 256 << 10
"""Read and sent at a time: a browser that seeks away has asked for no more than that in vain."""

FORM = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True, slots=True)
class Extract:
    """The bytes from `first` to `last`, that one included, of a file of `total` bytes.

    is_part: whether a part was asked for, be it the whole: a browser seeks only where it gets one.
    """

    first: int
    last: int
    total: int
    is_part: bool

    @property
    def length(self) -> int:
        """Bytes."""
        return self.last - self.first + 1


def wanted(header: str | None, total: int) -> Extract | None:
    """What a Range header asks of a file of `total` bytes; None if it has no such bytes.

    Several ranges, and other units, may be answered with the whole.
    """
    form = FORM.fullmatch((header or "").strip())
    if form is None or form[1] == form[2] == "":
        return Extract(0, total - 1, total, is_part=False)
    if form[1] == "":  # the last bytes
        first, last = max(0, total - int(form[2])), total - 1
    else:
        first = int(form[1])
        last = min(int(form[2]), total - 1) if form[2] else total - 1
    return Extract(first, last, total, is_part=True) if first <= last else None


def read(file: BinaryIO, extract: Extract) -> Iterator[bytes]:
    """The bytes, a chunk at a time."""
    file.seek(extract.first)
    left = extract.length
    while left and (chunk := file.read(min(CHUNK_BYTES, left))):
        left -= len(chunk)
        yield chunk
