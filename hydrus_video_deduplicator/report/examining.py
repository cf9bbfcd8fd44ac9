"""Look at the same moments of two copies at full size, and say which has more to show."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hydrus_video_deduplicator.frames import view
from hydrus_video_deduplicator.frames.frame import grey_of
from hydrus_video_deduplicator.library import Source
from hydrus_video_deduplicator.match import Match, Overlay
from hydrus_video_deduplicator.report.detail import Comparison, compare
from hydrus_video_deduplicator.report.ends import Tail, is_still, still_ends

MOMENTS = 4
"""Moments of the common part that are looked at. More take longer and say the same."""

FRAMES_BESIDE = 2
"""Frames before and behind a moment of the second copy among which the one is taken that the first
copy shows: signatures know moments to an eighth of a second."""

FULL_SIDE = 1920
"""Pixels of the longer side of a picture, at most: finer detail is not told apart."""

MIDDLE_SIDE = 320
"""The same where only the changes of pictures count."""

SMALL_SIDE = 64
"""Pixels at which pictures are compared to find the same moment."""

LAID_WITHIN = 0.03
"""Share of the picture by which one may lie beside the other and still show the same. Pictures that
were cropped have other frequencies, so they are not compared."""

SAME_ASPECT = 1.05
"""Ratio of the shapes of two pictures up to which one is not squeezed."""

RUN = 13
"""Frames one after the other by which it is told whether a copy repeats or blends frames."""

FASTER = 1.4
"""Frame rate of one copy over that of the other from which that is asked."""

ALTERNATES = 0.4
"""How much every second frame brings, as a share of what the others bring, at most, in a copy whose
frames were doubled or blended. Half of them bring nothing, but for what the encoder changes."""

LEAST_MOTION = 0.25
"""Mean difference in levels of two frames without which nothing is said of the frame rate."""

Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Examinee:
    """Two copies and what is to be compared: a `Source` of the first.

    moments: seconds of the first and of the second that show the same, in ascending order of both.
    frame_rates: of both; 0 if not known.
    overlay: where the picture of the second lies on that of the first.
    last, tail: see `last_moments` and `tail_of`.
    """

    first: Source
    second: Source
    moments: tuple[tuple[float, float], ...]
    frame_rates: tuple[float, float]
    overlay: Overlay
    last: tuple[tuple[float, float], ...] = ()
    tail: Tail | None = None

    def open(self) -> BinaryIO:
        """See `Source`."""
        return self.first.open()


@dataclass(frozen=True, slots=True)
class Examined:
    """What was seen.

    interpolated: which copy, 0 or 1, has frames that were made from others.
    still_ends: seconds at the end of each copy in which it stands still and the other one goes on;
        None if that was not looked at.
    """

    comparison: Comparison | None
    interpolated: int | None = None
    still_ends: tuple[float, float] | None = None


def moments_of(match: Match) -> tuple[tuple[float, float], ...]:
    """The middles of equal shares of the longest part of a match, in both videos."""
    part = match.longest
    start, end = part.a_span
    times = [start + (end - start) * (number + 0.5) / MOMENTS for number in range(MOMENTS)]
    return tuple((time, max(0.0, part.in_b(time))) for time in times)


def is_comparable(match: Match) -> bool:
    """Whether both show the same part of the picture, be it mirrored or turned, and forwards."""
    laid = match.overlay
    return laid is not None and match.longest.speed > 0 and laid.off <= LAID_WITHIN


def examine(copies: Examinee) -> Examined:
    """Compare the copies. Runs in a worker; raises `UnreadableVideo` and what opening raises."""
    first = _pictures(copies.first, [time for time, _ in copies.moments])
    interval = 1 / (copies.frame_rates[1] or 25)
    beside = [k * interval for k in range(-FRAMES_BESIDE, FRAMES_BESIDE + 1)]
    times = [max(0.0, time + k) for _, time in copies.moments for k in beside]
    laid = [_laid(p, copies.overlay) for p in _pictures(copies.second, sorted(times))]
    runs = [laid[n : n + len(beside)] for n in range(0, len(laid), len(beside))]
    second = [_nearest(picture, some) for picture, some in zip(first, runs, strict=True)]
    return Examined(_compared(first, second), _interpolated(copies), _still_ends(copies))


def _still_ends(copies: Examinee) -> tuple[float, float] | None:
    if len(copies.last) < 2:
        return None
    sources = copies.first, copies.second
    first, second = (
        _small_pictures(source, times)
        for source, times in zip(sources, zip(*copies.last, strict=True), strict=True)
    )
    still = list(still_ends(copies.last, first, second))
    tail = copies.tail
    if tail is not None and is_still(tail, _small_pictures(sources[tail.copy], tail.times)):
        still[tail.copy] = tail.seconds
    return still[0], still[1]


def _small_pictures(source: Source, times: Sequence[float]) -> list[NDArray[np.float32]]:
    return [_small(picture) for picture in _pictures(source, times, MIDDLE_SIDE)]


def _pictures(source: Source, times: Sequence[float], side: int = FULL_SIDE) -> list[Grey]:
    with source.open() as file:
        return [grey_of(picture) for picture in view(file, times, side).pictures]


def _laid(picture: Grey, overlay: Overlay) -> Grey:
    transposed, flipped_x, flipped_y = overlay.steps
    picture = picture.T if transposed else picture
    picture = picture[:, ::-1] if flipped_x else picture
    return picture[::-1] if flipped_y else picture


def _nearest(wanted: Grey, pictures: Sequence[Grey]) -> Grey:
    """The one that shows the same moment."""
    small = _small(wanted)
    return min(pictures, key=lambda picture: float(np.abs(_small(picture) - small).mean()))


def _small(picture: Grey) -> NDArray[np.float32]:
    image = Image.fromarray(np.ascontiguousarray(picture))
    return np.asarray(image.resize((SMALL_SIDE, SMALL_SIDE), Image.Resampling.BOX), np.float32)


def _compared(first: Sequence[Grey], second: Sequence[Grey]) -> Comparison | None:
    shapes = [pictures[0].shape[1] / pictures[0].shape[0] for pictures in (first, second)]
    if max(shapes) > SAME_ASPECT * min(shapes):
        return None
    return compare(first, second)


def _interpolated(copies: Examinee) -> int | None:
    """Which copy shows more frames a second than it has, if one of them does."""
    slow, fast = sorted(copies.frame_rates)
    if not slow or fast < FASTER * slow:
        return None
    place = copies.frame_rates.index(fast)
    source = (copies.first, copies.second)[place]
    told = [brings_little(_run(source, moment[place], fast)) for moment in copies.moments]
    return place if told.count(True) > told.count(False) else None


def _run(source: Source, start: float, rate: float) -> list[NDArray[np.float32]]:
    times = [start + (number + 0.5) / rate for number in range(RUN)]
    return [picture.astype(np.float32) for picture in _pictures(source, times, MIDDLE_SIDE)]


def brings_little(pictures: Sequence[NDArray[np.float32]]) -> bool | None:
    """Whether every second of the frames repeats the one before, or lies between its neighbours.

    None if too little moves. Medians, as a cut says nothing.
    """
    steps = [float(np.abs(b - a).mean()) for a, b in pairwise(pictures)]
    between = [
        float(np.abs(b - (a + c) / 2).mean())
        for a, b, c in zip(pictures, pictures[1:], pictures[2:], strict=False)
    ]
    halves = [(np.median(some[::2]), np.median(some[1::2])) for some in (steps, between)]
    if max(halves[0]) < LEAST_MOTION:
        return None
    return any(min(pair) < ALTERNATES * max(pair) for pair in halves)
