"""Filmstrips: small pictures of two files at the moments that match."""

from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from PIL import Image

from hydrus_video_deduplicator.frames import Streams, view
from hydrus_video_deduplicator.frames.frame import COLOUR_SIDE
from hydrus_video_deduplicator.frames.viewing import Picture
from hydrus_video_deduplicator.library import Source
from hydrus_video_deduplicator.report.moments import SHOTS, Moments

PICTURE_BYTES = 3_000_000
"""Bytes of all pictures of a report: few pairs have large pictures, many have small ones."""

SMALLEST, LARGEST = 96, 640
"""Pixels of the width of a picture, were it 16:9; others have the same area. Below, nothing can be
told on it; above, one that is enlarged shows little more."""

QUALITY = 35
"""Of WebP, 0 to 100. Higher makes sharper pictures, of which fewer or smaller ones fit."""

WIDTH_OF_750_BYTES = 112
GROWTH = 0.73
"""A picture 112 pixels wide has about 750 bytes at that quality, and the width that is available
for n times the bytes is n to this power as much (measured on 178 pictures of 36 real clips)."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of a file. time: seconds; webp: the bytes of the picture."""

    time: float
    webp: bytes


Strip = tuple[Shot, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What a worker saw of a file: its streams, and a strip for all moments asked for together."""

    streams: Streams
    strips: dict[Moments, Strip]


@dataclass(frozen=True, slots=True)
class Subject:
    """A `Source` of a file to be looked at.

    moments: what is to be shown, for each strip. width: see `picture_width`.
    """

    source: Source
    moments: tuple[Moments, ...]
    width: int

    def open(self) -> BinaryIO:
        """See `Source`."""
        return self.source.open()


def picture_width(strips: int) -> int:
    """Width in pixels of each 16:9 picture, so that all strips fit."""
    size = PICTURE_BYTES / max(1, strips * SHOTS)
    width: float = WIDTH_OF_750_BYTES * (size / 750) ** GROWTH
    return round(min(LARGEST, max(SMALLEST, width)))


def in_order(first: Strip, second: Strip) -> tuple[Strip, Strip]:
    """Two strips of matching pictures in the order of the first; one of them may be empty."""
    both = sorted(zip(first, second, strict=False), key=lambda shots: shots[0].time)
    return (first, second) if not both else (tuple(a for a, _ in both), tuple(b for _, b in both))


def look(subject: Subject) -> Look:
    """Open the file once and see all that is asked. Runs in a worker process.

    Raises `UnreadableVideo`, and what `Source.open` raises.
    """
    times = sorted({time for moments in subject.moments for time in moments})
    with subject.open() as file:
        seen = view(file, times or [0.0], max(COLOUR_SIDE, subject.width))
    webp = {
        time: _webp(picture, subject.width)
        for time, picture in zip(times, seen.pictures, strict=False)
    }
    strips = {
        moments: tuple(Shot(time, webp[time]) for time in moments) for moments in subject.moments
    }
    return Look(seen.streams, strips)


def _webp(picture: Picture, width: int) -> bytes:
    image = Image.fromarray(picture)
    scale = min(1.0, width / (image.width * image.height * 16 / 9) ** 0.5)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    packed = BytesIO()
    image.resize(size, Image.Resampling.LANCZOS).save(packed, "WEBP", quality=QUALITY, method=6)
    return packed.getvalue()
