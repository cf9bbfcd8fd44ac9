"""Time stamps of a stream, in a unit of its own, and seconds from its first picture."""

from __future__ import annotations

from fractions import Fraction
from math import inf

from av.video.stream import VideoStream

from hydrus_video_deduplicator.frames.clock import DEFAULT_RATE


class Stamps:
    """Turns the one into the other.

    usual: seconds of a picture that states no duration.
    """

    def __init__(self, stream: VideoStream) -> None:
        unit = stream.time_base or Fraction(1)
        self._seconds, self._ticks = unit.numerator, unit.denominator
        self._start = stream.start_time or 0
        self.usual = 1 / float(stream.average_rate or DEFAULT_RATE)

    def at(self, seconds: float) -> int:
        """The stamp at so many seconds from the first picture."""
        return self._start + int(seconds * self._ticks / self._seconds)

    def seconds(self, stamp: int | None) -> float:
        """Seconds from the first picture on; infinity for no stamp."""
        if stamp is None:
            return inf
        return (stamp - self._start) * self._seconds / self._ticks

    def length(self, duration: int | None) -> float:
        """Seconds that a picture or a packet lasts; without a duration, what is usual there."""
        if not duration or duration < 0:
            return self.usual
        return duration * self._seconds / self._ticks
