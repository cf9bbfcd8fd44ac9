"""Animated pictures through Pillow: those that FFmpeg's libraries cannot decode.

They read no animated WebP, and of an AVIF sequence the first picture only.
"""

import warnings
from functools import partial
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageSequence

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


def is_animation(file: BinaryIO) -> bool:
    """Whether the bytes are WebP or AVIF. The position in the file is left at its start."""
    file.seek(0)
    head = file.read(12)
    file.seek(0)
    return (head[:4], head[8:]) == (b"RIFF", b"WEBP") or head[4:] in (b"ftypavif", b"ftypavis")


def read(file: BinaryIO, schedule_of: ScheduleOf) -> Footage:
    """See `read_frames`. Raises `UnreadableVideo`."""
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file) as image:
                return _sample(image, schedule_of)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise UnreadableVideo(f"not decodable: {error}") from error
    except Image.DecompressionBombWarning as error:
        raise UnreadableVideo(f"too large to decode: {error}") from error


def _sample(image: Image.Image, schedule_of: ScheduleOf) -> Footage:
    # The length of the whole is known at its end only, so it is sampled as if it were short; the
    # samplers thin out what turns out to be long.
    takes = Takes(schedule_of(0.0).interval)
    time = 0.0
    for picture in ImageSequence.Iterator(image):
        picture.load()  # only then is its duration known
        takes.offer(time, partial(_grey, picture), partial(_small, picture, COLOUR_SIDE))
        time += picture.info.get("duration", 0) / 1000 or DEFAULT_FRAME_SECONDS
    return Footage(takes.frames, takes.stills, duration=time)


def _grey(picture: Image.Image) -> NDArray[np.uint8]:
    return grey_of(_small(picture, GREY_SIDE))


def _small(picture: Image.Image, side: int) -> NDArray[np.uint8]:
    """RGB, (height, width, 3), over white, with the longer side at most `side` pixels."""
    small = picture.convert("RGBA").resize(
        fitted(*picture.size, side), Image.Resampling.BOX, reducing_gap=2.0
    )
    return over_white(np.asarray(small))
