"""The plain case: two videos of the same speed, most frames of which are likest at one offset."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.match import Span
from hydrus_video_deduplicator.matching.hough import LEAST_VOTE, further_line
from hydrus_video_deduplicator.matching.timeline import Line, Timeline

PLAINLY = 0.6
"""Share of the frames of the shorter video that must be likest at one offset to those of the
longer one."""

STEPS = 2
"""Gauss-Newton steps from there to the exact offset, between the frames."""

LARGEST_DRIFT = 0.1
"""Seconds by which the ends may drift against each other: more may be another speed."""

LEAST_FURTHER = 4.0
"""Votes of what one line leaves of a video without which no other part is looked for. The further
parts of 39 pairs had 5 and more, and one 2; what a trim leaves has 3 in the median."""


@dataclass(frozen=True, slots=True)
class Outlines:
    """What is left of the frames of a video at a few points.

    unit: float32 (n, points), each picture without its mean, of length 1.
    motion: float32 (n, points), what is left of it without the mean picture, of length 1.
    size: float32 (n,), the length that had. following: float32 (n - 1,), its product with the next.
    """

    unit: NDArray[np.float32]
    motion: NDArray[np.float32]
    size: NDArray[np.float32]
    following: NDArray[np.float32]

    @classmethod
    def of(cls, pictures: NDArray[np.float32]) -> "Outlines":
        """Of pictures (n, side, side)."""
        flat = pictures.reshape(len(pictures), -1)
        flat = flat - flat.sum(axis=1, keepdims=True) / np.float32(flat.shape[1])
        unit, _ = _units(flat)
        left = flat - flat.sum(axis=0) / np.float32(len(flat))
        motion, size = _units(left)
        following = np.einsum("ij,ij->i", left[:-1], left[1:])
        return cls(unit, motion, size, following)


@dataclass(frozen=True, slots=True)
class PlainCase:
    """Two videos that lie on one line at unchanged speed.

    alike: float32 (n, m), how alike each frame of A and of B are, in picture and motion, 0 to 1.
    """

    line: Line
    alike: NDArray[np.float32]

    @classmethod
    def of(
        cls,
        a: Outlines,
        b: Outlines,
        timelines: tuple[Timeline, Timeline],
        a_is_longer: bool,
    ) -> "PlainCase | None":
        """None if it is not plain to see that they do."""
        one, other = timelines
        motion = a.motion @ b.motion.T
        alike = (a.unit @ b.unit.T) * np.maximum(motion, 0)
        if a_is_longer:
            shifts = other.times - one.times.take(alike.argmax(axis=0))
        else:
            shifts = other.times.take(alike.argmax(axis=1)) - one.times
        half = len(shifts) // 2
        near = np.abs(shifts - np.partition(shifts, half)[half])
        near = near <= max(one.interval, other.interval)
        count = int(np.count_nonzero(near))
        if count < PLAINLY * len(shifts):
            return None
        offset, drift = float(shifts.dot(near)) / count, 0.0
        for _ in range(STEPS):
            shift, drift = _step(offset, a, b, timelines, motion.ravel())
            offset += shift
        return cls(Line(1.0, offset, count), alike) if drift <= LARGEST_DRIFT else None

    def further_votes(self, timelines: tuple[Timeline, Timeline], longer: int, seen: Span) -> float:
        """The votes for another line of what is left of the longer video beside a span of it.

        longer: 0 for A, 1 for B.
        """
        times = timelines[longer].times
        left = np.flatnonzero((times < seen[0]) | (times >= seen[1]))
        alike = self.alike.take(left, axis=longer)
        alike *= alike >= LEAST_VOTE**2
        if float(alike.max(axis=1 - longer, initial=0).sum()) < LEAST_FURTHER:
            return 0.0
        parts = list(timelines)
        parts[longer] = timelines[longer].part(left)
        found = further_line(alike, parts[0], parts[1], 1.0)
        return 0.0 if found is None else found.votes


def _step(
    offset: float,
    a: Outlines,
    b: Outlines,
    timelines: tuple[Timeline, Timeline],
    motion: NDArray[np.float32],
) -> tuple[float, float]:
    """By how much the offset should grow, and how much its ends should drift, in seconds.

    The motion of B, blended from the frames around each moment, is then most like that of A.
    motion: correlation of that of each frame of A with each of B, (n * m,).
    """
    one, other = timelines
    places, paired = other.places(one.times + offset)
    i = np.flatnonzero(paired)
    places = places.take(i)
    j = np.minimum(places.astype(np.intp), len(other) - 2)
    later = places - j
    row = i * len(other) + j
    size, before, after = a.size.take(i), b.size.take(j), b.size.take(j + 1)
    product = size * before * motion.take(row)
    change = size * after * motion.take(row + 1) - product
    gain = float((product + later * change).sum()) / max(float(size @ size), 1e-6)
    following = b.following.take(j)
    back, forth = following - before * before, after * after - following
    seconds = other.times.take(j + 1) - other.times.take(j)
    steep = (forth - back) / (seconds * seconds)
    error = (gain * change - back - later * (forth - back)) / seconds
    reach = max(one.interval, other.interval)
    shift = float(error.sum()) / max(float(steep.sum()), 1e-6)
    times = one.times.take(i)
    turn = times - times.mean()
    speed = float(error @ turn - shift * (steep @ turn)) / max(float(steep @ (turn * turn)), 1e-6)
    return min(max(shift, -reach), reach), abs(speed) * float(times[-1] - times[0])


def _units(vectors: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Vectors (n, points) of length 1, and the length that each had, (n,)."""
    size = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    unit: NDArray[np.float32] = vectors / np.maximum(size, np.float32(1e-6))[:, None]
    return unit, size
