"""The stretches of a video that could not be decoded: nobody has seen what they show.

A pause is none: there, a player shows the last picture until the next one comes.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

Span = tuple[float, float]
"""Start and end, in seconds."""

LEAST_UNREAD = 0.5
"""Seconds without a picture below which a broken packet is forgiven: a player hides it."""

MOST_LEFT_OUT = 16
"""Pictures in a row that no other picture is made from, at most: those are not decoded."""


class Unread:
    """Told of packets and pictures while a video is decoded, finds what lies between in vain.

    spans: the stretches, in order of time.
    """

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self._waiting: deque[_Packet] = deque()
        self._shown_until = 0.0

    def packet(self, time: float) -> None:
        """A packet goes to the decoder; `time`: when its picture is to be shown."""
        self._waiting.append(_Packet(time))

    def failure(self) -> None:
        """The decoder could not use that packet."""
        if self._waiting:
            self._waiting[-1].is_broken = True

    def picture(self, time: float, end: float) -> None:
        """A picture came out that is shown from `time` to `end`, if nothing follows."""
        self.end(time)
        self._shown_until = end

    def end(self, time: float) -> None:
        """No other picture is shown before `time`."""
        passed: list[_Packet] = []
        while self._waiting and self._waiting[0].time < time:
            packet = self._waiting.popleft()
            if packet.time >= self._shown_until:
                passed.append(packet)
        in_vain = len(passed) > MOST_LEFT_OUT or any(packet.is_broken for packet in passed)
        if in_vain and time - self._shown_until >= LEAST_UNREAD:
            self.spans.append((self._shown_until, time))

    def ends_at(self, time: float) -> bool:
        """Whether the latest of the stretches ends there."""
        return bool(self.spans) and self.spans[-1][1] == time


@dataclass(slots=True)
class _Packet:
    """When its picture is to be shown, and whether the decoder refused it."""

    time: float
    is_broken: bool = False
