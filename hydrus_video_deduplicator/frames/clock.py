"""One time line for a stream: packets with continuous time stamps.

A file may say something else. Recordings that are joined as bytes start their clock again; a
broken recorder stamps a picture hours late; an animation says that its pictures are shown for no
time at all. Players are the reference: they show all pictures, one after the other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice, pairwise

from av.packet import Packet
from av.video.stream import VideoStream

DEFAULT_RATE = 25
"""Pictures a second of a stream that states neither its rate nor its time stamps."""

LEAST_DELAY = 0.010
DEFAULT_DELAY = 0.100
"""Seconds: a picture of an animation with a delay of at most the first is shown for the second, as
in Firefox (image/FrameTimeout.h), Chromium (BitmapImage) and WebKit (ImageSource), for every
animated format; they have followed one another since the animated banners of the nineties."""

ANIMATIONS = frozenset({"gif", "apng"})
"""Kinds of video in which every picture counts as a key frame but is drawn over the one before. In
their own kinds of file, a packet only says how long its picture is shown."""

REACH = 1.0
"""Seconds by which a stamp may lie before the latest one: pictures come in the order in which they
are decoded, up to 16 apart."""

MOST_REORDERED = 16
"""Pictures by which it may, where these are far apart in time."""

LONGEST_PAUSE = 10.0
"""Seconds to the next picture from which a broadcast or a tape has started another clock, as in
FFmpeg's own program (`dts_delta_threshold`)."""

LATE, FEW = 30.0, 3
"""A jump of at least so many seconds to the last few pictures is an error in their stamps if it is
also longer than the whole film before. No later picture can tell."""

LOOK_AHEAD = 24
"""Packets that decide whether a leap of the clock is one wrong stamp or a new clock. Half of them
may be wrong themselves."""


def shown_seconds(delay: float) -> float:
    """How long a picture of an animation is shown that states `delay`, in seconds."""
    return delay if delay > LEAST_DELAY else DEFAULT_DELAY


def on_one_clock(
    packets: Iterable[Packet[VideoStream]], stream: VideoStream, *, leaps: bool = False
) -> Iterator[Packet[VideoStream]]:
    """The packets, with time stamps (`pts`) that lie on one time line.

    A stamp that is far off is replaced by one that follows the previous one. Where the clock starts
    again, the time line continues. A pause stays a pause, unless `leaps` of the format's clock mean
    nothing.
    """
    if stream.container.format.name in ANIMATIONS:
        return _by_delays(packets, stream)
    return _Clock(packets, stream, leaps).packets()


def _by_delays(
    packets: Iterable[Packet[VideoStream]], stream: VideoStream
) -> Iterator[Packet[VideoStream]]:
    unit = stream.time_base
    assert unit is not None
    stamp = 0
    for packet in packets:
        if packet.size:
            delay = (packet.duration or 0) * unit.numerator / unit.denominator
            packet.pts = packet.dts = stamp
            packet.duration = round(shown_seconds(delay) / float(unit))
            stamp += packet.duration
        yield packet


class _Clock:
    """The time line so far, in units of the stream's time base.

    latest: the latest stamp on it. shift: what is added to the stamps of the file.
    """

    def __init__(
        self, packets: Iterable[Packet[VideoStream]], stream: VideoStream, leaps: bool
    ) -> None:
        assert stream.time_base is not None
        self._found = iter(packets)
        self._ahead: deque[Packet[VideoStream]] = deque()
        self._leaps = leaps
        self._second = float(1 / stream.time_base)
        self._usual = self._second / float(stream.average_rate or DEFAULT_RATE)
        self._reach = self._reach_of(self._usual)
        self._first = self._latest = 0
        self._shift = 0

    def packets(self) -> Iterator[Packet[VideoStream]]:
        is_first = True
        while (packet := self._next()) is not None:
            stamp = stamp_of(packet)
            if stamp is not None:
                if is_first:
                    self._first = self._latest = stamp
                    is_first = False
                self._place(packet, stamp)
            yield packet

    def _next(self) -> Packet[VideoStream] | None:
        return self._ahead.popleft() if self._ahead else next(self._found, None)

    def _place(self, packet: Packet[VideoStream], stamp: int) -> None:
        time = stamp + self._shift
        if abs(time - self._latest) > self._reach or self._starts_again(packet, time):
            time = self._repaired(packet, time)
        if time != stamp:
            packet.pts = packet.dts = time
        self._latest = max(self._latest, time)

    def _starts_again(self, packet: Packet[VideoStream], time: int) -> bool:
        """Nothing that is decoded before a key frame is shown after it."""
        return packet.is_keyframe and time - self._latest < -self._usual / 2

    def _reach_of(self, spacing: float) -> float:
        """How far pictures that lie so far apart may be reordered."""
        return max(REACH * self._second, MOST_REORDERED * spacing)

    def _repaired(self, packet: Packet[VideoStream], time: int) -> int:
        """The place of a stamp that leaps away from the time line."""
        others = self._following()
        reach = self._reach_of(_spacing([*others, time]))
        if not self._starts_again(packet, time) and abs(time - self._latest) <= reach:
            return time
        expected = round(self._latest + (packet.duration or self._usual))
        staying = sum(abs(other - self._latest) <= reach for other in others)
        leaping = sum(abs(other - time) <= reach for other in others)
        if staying > leaping or (len(others) < FEW and self._is_late(time)):
            return expected
        is_break = time < self._latest or (
            self._leaps and time - self._latest > LONGEST_PAUSE * self._second
        )
        if is_break:
            self._shift += expected - time
        return expected if is_break else time

    def _is_late(self, time: int) -> bool:
        leap = time - self._latest
        return leap > LATE * self._second and leap > self._latest - self._first

    def _following(self) -> list[int]:
        """Where the next packets lie on the time line as it is."""
        self._ahead.extend(islice(self._found, LOOK_AHEAD - len(self._ahead)))
        return [stamp + self._shift for stamp in map(stamp_of, self._ahead) if stamp is not None]


def _spacing(times: list[int]) -> float:
    """How far pictures lie apart, in the median."""
    steps = sorted(after - before for before, after in pairwise(sorted(times)))
    return steps[len(steps) // 2] if steps else 0.0


def stamp_of(packet: Packet[VideoStream]) -> int | None:
    """When its picture is to be shown or, where only that is stated, decoded; in its units."""
    return packet.dts if packet.pts is None else packet.pts
