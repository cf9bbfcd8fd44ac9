"""Animated pictures through Pillow: those that FFmpeg's libraries cannot decode.

They read no animated WebP, and of an AVIF sequence the first picture only.
"""

import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageSequence, UnidentifiedImageError

from hydrus_video_deduplicator.containers import check_size
from hydrus_video_deduplicator.errors import UnreadableVideo
from hydrus_video_deduplicator.frames.frame import (
    COLOUR_SIDE,
    GREY_SIDE,
    Footage,
    fitted,
    grey_of,
    over_white,
)
from hydrus_video_deduplicator.frames.sampling import ScheduleOf, Takes

DEFAULT_FRAME_SECONDS = 0.1
"""Seconds of a picture whose file states none, as browsers show it."""

FORMATS = ("WEBP", "AVIF", "GIF", "PNG")
"""What Pillow may read. Of its others, one runs another program on the file (EPS)."""


def is_animation(file: BinaryIO) -> bool:
    """Whether the bytes are WebP or AVIF. The position in the file is left at its start."""
    file.seek(0)
    head = file.read(12)
    file.seek(0)
    return (head[:4], head[8:]) == (b"RIFF", b"WEBP") or head[4:] in (b"ftypavif", b"ftypavis")


def read(file: BinaryIO, schedule_of: ScheduleOf) -> Footage:
    """See `read_frames`."""
    with _opened(file) as image:
        return _sample(image, schedule_of)


@contextmanager
def _opened(file: BinaryIO) -> Iterator[Image.Image]:
    """What is raised while it is open for the file's fault becomes `UnreadableVideo`."""
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=FORMATS) as image:
                check_size(*image.size)
                yield image
    except UnidentifiedImageError as error:
        raise UnreadableVideo("not decodable: its start is broken") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # not Pillow's: it is the disk that is broken
        raise UnreadableVideo(f"not decodable: {error}") from error
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise UnreadableVideo(f"too large to decode: {error}") from error


@dataclass(frozen=True, slots=True, eq=False)
class Animated:
    """What was seen of an animated picture.

    codec: the name that FFmpeg has for it.
    frame_rate: pictures a second, on average.
    pictures: RGB, (height, width, 3), one for each moment.
    """

    width: int
    height: int
    codec: str
    frame_rate: float
    pictures: list[NDArray[np.uint8]]


def at(file: BinaryIO, moments: Sequence[float]) -> Animated:
    """The pictures that are shown at the moments: seconds, in ascending order.

    Raises `UnreadableVideo`.
    """
    with _opened(file) as image:
        waiting, pictures = deque(moments), []
        end, count = 0.0, 0
        for picture in ImageSequence.Iterator(image):
            picture.load()
            end += _seconds(picture)
            count += 1
            while waiting and waiting[0] < end:
                pictures.append(_small(picture, COLOUR_SIDE))
                waiting.popleft()
        pictures += [_small(image, COLOUR_SIDE)] * len(waiting)
        codec = "webp" if image.format == "WEBP" else "av1"
        return Animated(*image.size, codec, count / end, pictures)


def _sample(image: Image.Image, schedule_of: ScheduleOf) -> Footage:
    # The length of the whole is known at its end only, so it is sampled as if it were short; the
    # samplers thin out what turns out to be long.
    takes = Takes(schedule_of(0.0).interval)
    time = 0.0
    for picture in ImageSequence.Iterator(image):
        picture.load()  # only then is its duration known
        takes.offer(time, partial(_grey, picture), partial(_small, picture, COLOUR_SIDE))
        time += _seconds(picture)
    return Footage(takes.frames, takes.stills, duration=time)


def _seconds(picture: Image.Image) -> float:
    """How long the picture is shown."""
    return float(picture.info.get("duration", 0) / 1000) or DEFAULT_FRAME_SECONDS


def _grey(picture: Image.Image) -> NDArray[np.uint8]:
    return grey_of(_small(picture, GREY_SIDE))


def _small(picture: Image.Image, side: int) -> NDArray[np.uint8]:
    """RGB, (height, width, 3), over white, with the longer side at most `side` pixels."""
    small = picture.convert("RGBA").resize(
        fitted(*picture.size, side), Image.Resampling.BOX, reducing_gap=2.0
    )
    return over_white(np.asarray(small))
