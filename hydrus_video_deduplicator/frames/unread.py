"""The stretches of a video that could not be decoded, so that nothing is known of what they show.

A pause is not one: a player shows the last picture until the next one comes.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import BinaryIO

Span = tuple[float, float]
"""Start and end, in seconds."""

LEAST_UNREAD = 0.5
"""A broken packet that leaves less than so many seconds without a picture does not count: a player
hides it."""

MOST_LEFT_OUT = 16
"""Pictures in a row that no other picture depends on, at most: those are not decoded."""

BLANK_LOOKS, LEAST_BLANK, LOOK_BYTES = 8, 3, 512
"""Places between two packets at which a file is looked at, how many of them are blank at least if
there is a hole, and the bytes of a look: codecs make no such stretch of zeros."""

TIMES_OTHERS, MOST_SPARE, APART = 3, 16 << 10, 1.0
"""How many times as many bytes as other streams have elsewhere, and how many beyond them, a gap may
have that is no hole: sound is not always as loud, headers lie between, and the sound of a moment
lies up to so many seconds behind its picture."""

MOST_GAPS = 64
"""Gaps between packets that are looked into, the longest first."""


class Unread:
    """Follows packets and pictures while a video is decoded, and finds what could not be read.

    spans: the stretches, in order of time.
    failures: packets that the decoder refused.
    more: seconds, by its bytes, of what follows the last picture and could not be read.
    has_missed: whether pictures were left out so far apart that they are missed.
    is_known: whether nothing is missing between the last two pictures.
    """

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.failures = 0
        self.more = 0.0
        self.has_missed = False
        self.is_known = True
        self._gaps: list[_Gap] = []
        self._waiting: list[_Packet] = []
        self._shown_until = 0.0

    def packet(self, time: float) -> None:
        """A packet goes to the decoder; `time`: when its picture is to be shown."""
        self._waiting.append(_Packet(time))

    def failure(self) -> None:
        """The decoder could not use that packet."""
        self.failures += 1
        if self._waiting:
            self._waiting[-1].is_broken = True

    def picture(self, time: float, end: float) -> None:
        """A picture came out that is shown from `time` to `end`, if nothing follows."""
        self.end(time)
        self._shown_until = end

    def end(self, time: float) -> None:
        """No other picture is shown before `time`."""
        passed, waiting = [], []
        for packet in self._waiting:
            if packet.time >= time:
                waiting.append(packet)
            elif packet.time >= self._shown_until:
                passed.append(packet)
        self._waiting = waiting
        self.is_known = not passed
        if not passed or time - self._shown_until < LEAST_UNREAD:
            return
        if len(passed) > MOST_LEFT_OUT or any(packet.is_broken for packet in passed):
            self.spans.append((self._shown_until, time))
        else:
            self.has_missed = True

    def gap(self, start: float, end: float, first: int, last: int) -> None:
        """No packet is to be shown between two seconds, and none was found between two bytes."""
        if last - first >= LOOK_BYTES:
            self._gaps.append(_Gap(start, end, first, last))

    def look_into_gaps(
        self, file: BinaryIO, end: float, stated: float, others: float = inf
    ) -> None:
        """Tell those gaps that are holes in the file from pauses.

        A download that broke off leaves zeros, and a part that is broken more bytes than the other
        streams have in a pause. Where a clock does not tell how long a hole is, what is missing at
        the end tells.
        end: of the last packet, in seconds. stated: seconds that the file says it lasts.
        others: bytes a second that are not of the video.
        """
        longest = sorted(self._gaps, key=lambda gap: gap.first - gap.last)[:MOST_GAPS]
        holes = []
        for gap in longest:
            spare = TIMES_OTHERS * others * (gap.seconds + APART)
            is_broken = gap.last - gap.first > MOST_SPARE + spare
            if is_broken or _is_blank(file, gap):
                holes.append(gap)
            if is_broken and gap.start == end and gap.seconds < LEAST_UNREAD and gap.first:
                self.more = end * (gap.last - gap.first) / gap.first
        self.spans += [(gap.start, gap.end) for gap in holes if gap.seconds >= LEAST_UNREAD]
        if self.more:
            self.spans.append((end, end + self.more))
        elif holes and stated - end >= LEAST_UNREAD and not self.ends_at(stated):
            self.spans.append((end, stated))
        self.spans.sort()

    def ends_at(self, time: float) -> bool:
        """Whether the latest of the stretches ends there."""
        return bool(self.spans) and self.spans[-1][1] == time


def _is_blank(file: BinaryIO, gap: _Gap) -> bool:
    """Whether many of the bytes read from a gap are zeros."""
    blank = 0
    for look in range(BLANK_LOOKS):
        file.seek(gap.first + (gap.last - gap.first - LOOK_BYTES) * look // (BLANK_LOOKS - 1))
        blank += not any(file.read(LOOK_BYTES))
    return blank >= LEAST_BLANK


@dataclass(frozen=True, slots=True)
class _Gap:
    """Seconds without a picture, and the bytes that lie between the packets beside it."""

    start: float
    end: float
    first: int
    last: int

    @property
    def seconds(self) -> float:
        """How long it is; 0 where the clock does not tell."""
        return max(0.0, self.end - self.start)


@dataclass(slots=True)
class _Packet:
    """When its picture is to be shown, and whether the decoder refused it."""

    time: float
    is_broken: bool = False
