"""Animated WebP and AVIF sequences, as Pillow reads them.

FFmpeg's libraries do not read animated WebP and ignore the transparency of an AVIF sequence, which
is in a track of its own.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from PIL import (
    AvifImagePlugin,
    GifImagePlugin,
    Image,
    ImageSequence,
    PngImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from hydrus_video_deduplicator.containers import check_size
from hydrus_video_deduplicator.errors import UnreadableVideo
from hydrus_video_deduplicator.frames.animation import Animation
from hydrus_video_deduplicator.frames.clock import shown_seconds

PLUGINS = (
    WebPImagePlugin.WebPImageFile,
    AvifImagePlugin.AvifImageFile,
    GifImagePlugin.GifImageFile,
    PngImagePlugin.PngImageFile,
)
"""What Pillow may read. They are loaded here: the first file that needs one would load it under its
own memory limit. One of Pillow's other formats runs another program on the file (EPS)."""

FORMATS = tuple(plugin.format for plugin in PLUGINS)

AVIF_BRANDS = frozenset({b"avif", b"avis"})
"""Brands of AVIF: a file has at least one, not always as its major brand."""

CODECS = {"WEBP": "webp", "AVIF": "av1", "GIF": "gif", "PNG": "apng"}
"""FFmpeg's names of Pillow's formats."""


def is_one(head: bytes) -> bool:
    """Whether the bytes are the start of a WebP or an AVIF."""
    return (head[:4], head[8:12]) == (b"RIFF", b"WEBP") or not AVIF_BRANDS.isdisjoint(_brands(head))


@contextmanager
def opened(file: BinaryIO) -> Iterator[Animation]:
    """See `animation.Format`."""
    file.seek(0)
    with failures_of_pillow(), Image.open(file, formats=FORMATS) as image:
        check_size(*image.size)
        codec = CODECS[image.format or FORMATS[0]]
        yield Animation(*image.size, codec, _pictures(image))


@contextmanager
def failures_of_pillow() -> Iterator[None]:
    """Errors of Pillow that are the file's fault become `UnreadableVideo`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except UnidentifiedImageError as error:
        raise UnreadableVideo("not decodable: its start is broken") from error
    except (OSError, ValueError, SyntaxError, EOFError, RuntimeError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # not Pillow's: the disk is broken
        raise UnreadableVideo(f"not decodable: {error}") from error
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise UnreadableVideo(f"too large to decode: {error}") from error


def _brands(head: bytes) -> list[bytes]:
    """The major and the compatible brands of an ISO media file (ISO/IEC 14496-12, `ftyp`)."""
    if head[4:8] != b"ftyp":
        return []
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return [head[8:12], *(head[place : place + 4] for place in range(16, end, 4))]


def _pictures(image: Image.Image) -> Iterator[tuple[Image.Image, float]]:
    for picture in ImageSequence.Iterator(image):
        picture.load()  # only then is its duration known
        yield picture, shown_seconds(float(picture.info.get("duration", 0)) / 1000)
