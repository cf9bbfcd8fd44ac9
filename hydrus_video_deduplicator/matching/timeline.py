"""When the frames of a video were looked at, and which of them lie at the same moment as others."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self, overload

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.match import Part

LONGEST_GAP = 0.5
"""Seconds to the nearest frame of the other video beyond which a frame has no counterpart."""

ONE_FRAME = 0.25
"""Seconds that a single frame is taken to stand for."""

LEAST_INTERVAL = 0.001
"""Seconds between two frames, at least: times are kept in milliseconds, and two may be the same."""

LONGEST_BLEND = 0.6
"""Seconds between two frames up to which a moment between them is blended from both. Beyond, the
nearer one is closer to the truth."""


@dataclass(frozen=True, slots=True)
class Line:
    """Where a moment of A lies in B, in seconds: t_b = speed * t_a + offset."""

    speed: float
    offset: float
    votes: float = 0.0

    @classmethod
    def of(cls, part: Part) -> Self:
        """The line on which a part lies."""
        return cls(part.speed, part.in_b(0.0))

    @overload
    def at(self, moment: float) -> float: ...

    @overload
    def at(self, moment: NDArray[np.float64]) -> NDArray[np.float64]: ...

    def at(self, moment: float | NDArray[np.float64]) -> float | NDArray[np.float64]:
        """The moment of B that lies at one of A."""
        return self.speed * moment + self.offset

    def span(self, of_a: tuple[float, float]) -> tuple[float, float]:
        """Start and end in B of a span of A, the start first."""
        start, end = self.at(of_a[0]), self.at(of_a[1])
        return min(start, end), max(start, end)

    def inverse(self) -> "Line":
        """Where a moment of B lies in A."""
        return Line(1 / self.speed, -self.offset / self.speed, self.votes)


@dataclass(frozen=True)
class Timeline:
    """When the frames of a video were looked at.

    times: float32 (n,), seconds, ascending.
    interval: seconds between two frames that follow each other, in the median. Long videos are
        looked at in runs of frames with gaps between: the mean would say nothing.
    sparseness: seconds for each frame, gaps included.
    """

    times: NDArray[np.float32]
    interval: float
    sparseness: float

    @classmethod
    def of(cls, times: NDArray[np.float32]) -> "Timeline":
        """The timeline of a whole video."""
        if len(times) < 2:
            return cls(times, ONE_FRAME, ONE_FRAME)
        half = (len(times) - 1) // 2
        interval = max(LEAST_INTERVAL, float(np.partition(times[1:] - times[:-1], half)[half]))
        return cls(times, interval, float(times[-1] - times[0]) / (len(times) - 1))

    def __len__(self) -> int:
        return len(self.times)

    @property
    def in_runs(self) -> bool:
        """Whether there are gaps: the frames lie in runs or are key frames."""
        return self.sparseness > LONGEST_GAP

    def part(self, frames: slice | NDArray[np.intp]) -> "Timeline":
        """Of some of the frames, at the interval of all."""
        return replace(self, times=self.times[frames])

    def places(self, wanted: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Where the times `wanted` lie among the frames, and whether near enough to one.

        A place of 2.5 is between frames 2 and 3.
        """
        place = np.interp(wanted, self.times, np.arange(len(self.times), dtype=np.float64))
        nearest = np.rint(place)
        gap = np.abs(wanted - self.times.take(nearest.astype(np.intp)))
        if self._has_gaps:
            before = self.times.take(place.astype(np.intp))
            after = self.times.take(np.ceil(place).astype(np.intp))
            place = np.where(after - before > LONGEST_BLEND, nearest, place)
        return place, gap <= min(LONGEST_GAP, self.interval)

    @cached_property
    def _has_gaps(self) -> bool:
        """Whether some frames are too far apart to be blended."""
        return bool((self.times[1:] - self.times[:-1]).max(initial=0) > LONGEST_BLEND)


def common(duration_a: float, duration_b: float, line: Line) -> tuple[float, float]:
    """The seconds of A that lie within B along a line."""
    first, last = line.inverse().span((0.0, duration_b))
    start = max(0.0, first)
    return start, max(start, min(duration_a, last))


def moments(a: Timeline, b: Timeline, line: Line) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Frames of A with a counterpart in B along a line, and its place in B."""
    place, paired = b.places(line.speed * a.times + line.offset)
    return np.flatnonzero(paired), place[paired].astype(np.float32)


def between(frames: NDArray[np.float32], places: NDArray[np.float32]) -> NDArray[np.float32]:
    """Frames (m, ...) at fractional places among frames (n, ...), linearly between neighbours."""
    below = places.astype(np.intp)
    above = np.minimum(below + 1, len(frames) - 1)
    share = (places - below.astype(np.float32)).reshape(-1, *[1] * (frames.ndim - 1))
    before, blend = frames.take(below, axis=0), frames.take(above, axis=0)
    blend -= before
    blend *= share
    blend += before
    return blend
