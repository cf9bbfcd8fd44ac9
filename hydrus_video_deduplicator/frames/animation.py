"""Animated pictures through Pillow: those that FFmpeg's libraries cannot decode.

They read no animated WebP, and of an AVIF sequence the first picture only.
"""

import warnings
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageSequence

from hydrus_video_deduplicator.errors import UnreadableVideo
from hydrus_video_deduplicator.frames.frame import Footage, Frame, fitted, over_white
from hydrus_video_deduplicator.frames.sampling import IntervalOf, Sampler

DEFAULT_FRAME_SECONDS = 0.1
"""Seconds of a picture whose file states none, as browsers show it."""


def is_animation(file: BinaryIO) -> bool:
    """Whether the bytes are WebP or AVIF. The position in the file is left at its start."""
    file.seek(0)
    head = file.read(12)
    file.seek(0)
    return (head[:4], head[8:]) == (b"RIFF", b"WEBP") or head[4:] in (b"ftypavif", b"ftypavis")


def read(file: BinaryIO, interval_of: IntervalOf) -> Footage:
    """See `read_frames`. Raises `UnreadableVideo`."""
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file) as image:
                return _sample(image, interval_of)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise UnreadableVideo(f"not decodable: {error}") from error
    except Image.DecompressionBombWarning as error:
        raise UnreadableVideo(f"too large to decode: {error}") from error


def _sample(image: Image.Image, interval_of: IntervalOf) -> Footage:
    # The length of the whole is known at its end only, so it is sampled as if it were short; the
    # sampler thins out what turns out to be long.
    sampler = Sampler(interval_of(0.0))
    time = 0.0
    for picture in ImageSequence.Iterator(image):
        picture.load()  # only then is its duration known
        if sampler.wants(time):
            small = picture.convert("RGBA").resize(
                fitted(*picture.size), Image.Resampling.BOX, reducing_gap=2.0
            )
            sampler.keep(Frame(time, over_white(np.asarray(small))))
        time += picture.info.get("duration", 0) / 1000 or DEFAULT_FRAME_SECONDS
    return Footage(sampler.frames, duration=time)
