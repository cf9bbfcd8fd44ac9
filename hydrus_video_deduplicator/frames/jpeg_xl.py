"""JPEG XL, as the package imagecodecs decodes it, which comes with the extra `jxl`.

Neither FFmpeg's libraries nor Pillow decode its animations. imagecodecs decodes one frame or all at
once, and gives no times: `jpeg_xl_header` does.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hydrus_video_deduplicator.containers import check_size
from hydrus_video_deduplicator.errors import UnreadableVideo
from hydrus_video_deduplicator.extras import how_to_install
from hydrus_video_deduplicator.frames.animation import Animation
from hydrus_video_deduplicator.frames.clock import shown_seconds
from hydrus_video_deduplicator.frames.jpeg_xl_header import (
    CONTAINER,
    START,
    Broken,
    Bytes,
    Frame,
    Header,
    codestream_of,
    read_header,
)

DECODER = "imagecodecs"

EXTRA = "jxl"

STILL_TO_HYDRUS = (
    "Hydrus recognises an animated one only if its FFmpeg knows jpegxl_anim, as 9.0 does. Otherwise"
    " Hydrus takes it for a still picture, and no run finds it."
)

CODEC = "jpegxl"
"""FFmpeg's name for it."""

MOST_BYTES = 256 << 20
"""Bytes of a file, at most: it is read as a whole. One with 100 pictures of 1000×1000 has 1 MB."""

MOST_DECODED = 512 << 20
"""Bytes of decoded pictures that are held at once, at most: 178 of 1000×1000 in RGB, or one of the
largest size in RGBA of 16 bits. A third of what FFmpeg's decoders may hold. With less, more of the
animations are decoded frame by frame, which takes longer and leaves frames out."""

MOST_WORK = 1 << 31
"""Pixels decoded of an animation that does not fit into that, at most: a minute or two. Less leaves
out more of its frames."""

MOST_EXTRA_CHANNELS = 4
"""Channels besides the colours, at most, as in level 5 of ISO/IEC 18181-1. Each takes as much
memory as a colour, and a picture may say that it has 4096."""


def is_one(head: bytes) -> bool:
    """Whether the bytes are the start of a JPEG XL."""
    return head.startswith((START, CONTAINER))


def can_decode() -> bool:
    """Whether the decoder is installed."""
    return importlib.util.find_spec(DECODER) is not None


@contextmanager
def opened(file: BinaryIO) -> Iterator[Animation]:
    """See `animation.Format`. A still picture is an animation of one."""
    file.seek(0)
    data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise UnreadableVideo(f"a JPEG XL of more than {MOST_BYTES >> 20} MiB is not read")
    try:
        codestream = codestream_of(memoryview(data))
        header = read_header(codestream)
    except Broken as error:
        raise UnreadableVideo("not decodable: its start is broken") from error
    check_size(header.width, header.height)
    if header.extra_channels > MOST_EXTRA_CHANNELS:
        raise UnreadableVideo(f"a JPEG XL with {header.extra_channels} channels besides colours")
    yield Animation(header.width, header.height, CODEC, _pictures(codestream, header))


def _pictures(codestream: Bytes, header: Header) -> Iterator[tuple[Image.Image, float]]:
    for pixels, seconds in _decoded(codestream, header):
        yield Image.fromarray(_in_eight_bits(pixels, header)), seconds


def _decoded(codestream: Bytes, header: Header) -> Iterator[tuple[NDArray[Any], float]]:
    """The pixels of the pictures, and for how many seconds each is shown."""
    delays = [shown_seconds(frame.seconds) for frame in header.frames]
    pixels = None
    if len(delays) != 1:
        end = header.frames[-1].end if delays else len(codestream)
        pixels = _all_at_once(codestream[:end], header)
    if pixels is None:
        yield from _one_by_one(codestream, header, delays)
        return
    if len(pixels) != len(delays):  # only the decoder can tell where the frames are
        delays = [shown_seconds(header.delay)] * len(pixels)
    yield from zip(pixels, delays, strict=True)


def _all_at_once(codestream: Bytes, header: Header) -> NDArray[Any] | None:
    """(frames, height, width) or (frames, height, width, channels); None if it is too much."""
    try:
        pixels = _decode(codestream)
    except ValueError:
        return None
    is_one = pixels.ndim == (2 if header.is_grey else 3)
    return pixels[np.newaxis] if is_one else pixels


def _one_by_one(
    codestream: Bytes, header: Header, delays: Sequence[float]
) -> Iterator[tuple[NDArray[Any], float]]:
    """Not all of the pictures, if that would take too long; then each stays for those left out."""
    if not delays:
        raise UnreadableVideo("too large to decode at once, and it cannot be decoded in parts")
    frames = header.frames
    step = _step(frames, header.width * header.height)
    for number in range(0, len(frames), step):
        # cut after the frame, so that no missing frame can be asked for
        try:
            pixels = _decode(codestream[: frames[number].end], index=number)
        except ValueError as error:
            raise UnreadableVideo(f"too large to decode, or unknown: {error}") from error
        yield pixels, sum(delays[number : number + step])


def _step(frames: Sequence[Frame], pixels: int) -> int:
    """Step from one decoded frame to the next that stays within `MOST_WORK`. pixels: of one frame.

    To decode a frame, those that it builds on are decoded too.
    """
    costs: list[int] = []
    for frame in frames:
        costs.append(1 if frame.stands_alone or not costs else costs[-1] + 1)
    step = 1
    while step < len(frames) and sum(costs[::step]) * pixels > MOST_WORK:
        step *= 2
    return step


def _decode(codestream: Bytes, index: int | None = None) -> NDArray[Any]:
    """The pixels of all frames, or of one.

    Raises `UnreadableVideo`, and `ValueError` for what is more than `MOST_DECODED` (before anything
    is decoded), or of a kind of samples that the decoder does not know.
    """
    try:
        pixels: NDArray[Any] = importlib.import_module(DECODER).jpegxl_decode(
            codestream, index=index, numthreads=1, out=np.empty(MOST_DECODED, np.uint8).data
        )
    except ImportError as error:
        raise UnreadableVideo(
            f"JPEG XL is read only with the extra {EXTRA}: {how_to_install(EXTRA)}; then"
            " --retry-failed"
        ) from error
    except (RuntimeError, IndexError) as error:
        raise UnreadableVideo(
            "not decodable: it is broken or cut off, or needs more memory than there is"
        ) from error
    return pixels


def _in_eight_bits(pixels: NDArray[Any], header: Header) -> NDArray[np.uint8]:
    """(height, width) or (height, width, channels), as Pillow has L, LA, RGB and RGBA."""
    if pixels.shape[:2] != (header.height, header.width):
        pixels = pixels[0]  # grey comes as a plane with one for each extra channel behind it
    if pixels.dtype == np.uint8 and header.sample_bits == 8:
        return pixels
    brightest = 1.0 if pixels.dtype.kind == "f" else float(2**header.sample_bits - 1)
    shares = np.nan_to_num(pixels.astype(np.float32)) / brightest
    return np.round(shares.clip(0, 1) * 255).astype(np.uint8)
