"""How long a long video is, and whether it is seekable: by its packets, not its header."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import pairwise
from math import inf

import av.error
from av.container import InputContainer
from av.format import Flags
from av.video.stream import VideoStream

from hydrus_video_deduplicator.containers import packets
from hydrus_video_deduplicator.frames.clock import ANIMATIONS, LONGEST_PAUSE, REACH, stamp_of
from hydrus_video_deduplicator.frames.stamps import Stamps

BEHIND_ALL = 1 << 40
"""A time stamp after all others, in any unit."""

NEAR_END = 15.0
"""Seconds before the stated end at which the search for the last packets begins in a file that
is not seekable after its last key frame (FLV)."""

CLOCK_LOOKS = 24
"""Places of a file at which its clock is read, to see whether it starts again midway. A part that
is shorter than the distance between two of them may be missed."""

LEAST_LOOKS = 18
"""Least number of places with a time in a file whose clock can be trusted: after a second start of
an Ogg, or a hole, there is none."""

MOST_HASTE = 10
"""How much faster than in most of the file its clock may run between two places, at most."""

FEW_PICTURES = 50
"""The last pictures of a file, by which their rate is known."""


def has_leaps(container: InputContainer) -> bool:
    """Whether the clock of the format may leap: of a broadcast, or of one that is joined easily."""
    return bool(Flags(container.format.flags) & Flags.ts_discont)


class Survey:
    """Reads a few packets of a stream; the position of the container changes."""

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        self._container = container
        self._stream = stream
        self._stamps = Stamps(stream)
        self._spacing = 0.0

    def can_seek(self) -> bool:
        """Whether decoding can begin at what the file calls a key frame, by its time stamp."""
        return self._stream.codec_context.name not in ANIMATIONS and self._has_one_clock()

    def length(self, stated: float) -> float | None:
        """Seconds to the end of the last packet, whatever the file has `stated`.

        None if only reading the whole file could tell.
        """
        near_end = (self._stamps.at(max(0.0, stated - back)) for back in (0.0, NEAR_END))
        for stamp in (BEHIND_ALL, *near_end):
            try:
                if (end := self._end_behind(stamp)) is not None:
                    return end
            except av.error.FFmpegError:
                continue
        return None

    def seconds_a_picture(self, duration: float) -> float:
        """How long a picture stays, in a video of so many seconds, once its `length` is known.

        The rate that a stream states is often that of its clock.
        """
        return duration / self._stream.frames if self._stream.frames else self._spacing

    def _end_behind(self, stamp: int) -> float | None:
        """The end of the last packet after a time stamp; None if there is none, or two clocks."""
        latest, end = -inf, None
        last: deque[float] = deque(maxlen=FEW_PICTURES)
        self._container.seek(stamp, stream=self._stream)
        for packet in packets(self._container, self._stream):
            begin = self._stamps.seconds(stamp_of(packet))
            if begin < latest - REACH:
                return None
            if begin == inf:
                continue
            last.append(begin)
            if begin >= latest:
                latest, end = begin, begin + self._stamps.length(packet.duration)
        if len(last) > 1:
            self._spacing = (max(last) - min(last)) / (len(last) - 1)
        return end

    def _has_one_clock(self) -> bool:
        """Whether the time stamps grow along the file, as far as a few places tell."""
        if not has_leaps(self._container):
            return True
        looks = sorted(self._looks())
        if len(looks) < LEAST_LOOKS:
            return False
        steps = [after - before for (_, before), (_, after) in pairwise(looks)]
        usual = sorted(steps)[len(steps) // 2]
        return min(steps) > -REACH and max(steps) < MOST_HASTE * usual + LONGEST_PAUSE

    def _looks(self) -> Iterator[tuple[int, float]]:
        """Places in the file, in bytes, and what the clock says there."""
        for look in range(CLOCK_LOOKS):
            place = self._container.size * look // CLOCK_LOOKS
            try:
                self._container.seek(place, stream=self._stream, unsupported_byte_offset=True)
                for packet in packets(self._container, self._stream):
                    if packet.pos is not None and (stamp := stamp_of(packet)) is not None:
                        yield packet.pos, self._stamps.seconds(stamp)
                        break
            except av.error.FFmpegError:
                continue
