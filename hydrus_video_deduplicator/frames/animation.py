"""Animated pictures: what FFmpeg's libraries do not decode comes as Pillow's pictures."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hydrus_video_deduplicator.errors import UnreadableVideo
from hydrus_video_deduplicator.frames.frame import (
    COLOUR_SIDE,
    GREY_SIDE,
    Footage,
    Frame,
    fitted,
    greys_of,
    over_white,
)
from hydrus_video_deduplicator.frames.sampling import ScheduleOf, Takes


@dataclass(frozen=True, slots=True)
class Animation:
    """An animated picture that is open.

    width, height: pixels.
    codec: the name that FFmpeg has for it.
    pictures: each with the seconds for which it is shown, above 0; to be gone through once.
    """

    width: int
    height: int
    codec: str
    pictures: Iterator[tuple[Image.Image, float]]


class Format(Protocol):
    """A kind of animated picture: a module of this package."""

    def is_one(self, head: bytes) -> bool:
        """Whether a file that begins with these bytes, `HEAD_BYTES` of it, is of this kind."""
        ...

    def opened(self, file: BinaryIO) -> AbstractContextManager[Animation]:
        """The animation in a file. Raises `UnreadableVideo`, also for what it provokes later."""
        ...


HEAD_BYTES = 256
"""Bytes of a file that tell its kind."""

NO_PICTURE = "no picture could be decoded"


def read(animation: Animation, schedule_of: ScheduleOf) -> Footage:
    """See `read_frames`."""
    # The length of the whole is known at its end only, so it is sampled as if it were short; the
    # samplers thin out what turns out to be long.
    takes = Takes(schedule_of(0.0).interval)
    time = 0.0
    for picture, seconds in animation.pictures:
        takes.offer(time, partial(_grey_frame, picture), partial(_still, picture))
        time += seconds
    if not takes.frames:
        raise UnreadableVideo(NO_PICTURE)
    takes.hold(time)
    return Footage(takes.frames, takes.stills, duration=time)


def at(
    animation: Animation, moments: Sequence[float], side: int
) -> tuple[list[NDArray[np.uint8]], float]:
    """The pictures that are shown at the moments, and how many are shown a second, on average.

    moments: seconds, in ascending order; the last picture stays. Each is RGB, (height, width, 3).
    side: pixels of the longer side, at most.
    """
    waiting, shown = deque(moments), []
    end, count = 0.0, 0
    picture: Image.Image | None = None
    for picture, seconds in animation.pictures:
        end += seconds
        count += 1
        while waiting and waiting[0] < end:
            shown.append(_colour(picture, side))
            waiting.popleft()
    if picture is None:
        raise UnreadableVideo(NO_PICTURE)
    shown += [_colour(picture, side)] * len(waiting)
    return shown, count / end


def _grey_frame(picture: Image.Image, time: float) -> Frame:
    return Frame(time, *greys_of(_small(picture, GREY_SIDE)))


def _still(picture: Image.Image, time: float) -> Frame:
    return Frame(time, _colour(picture, COLOUR_SIDE))


def _colour(picture: Image.Image, side: int) -> NDArray[np.uint8]:
    """RGB, (height, width, 3), over white."""
    return over_white(_small(picture, side))


def _small(picture: Image.Image, side: int) -> NDArray[np.uint8]:
    """RGB and alpha, (height, width, 4), with the longer side at most `side` pixels."""
    small = picture.convert("RGBA").resize(
        fitted(*picture.size, side), Image.Resampling.BOX, reducing_gap=2.0
    )
    return np.asarray(small)
