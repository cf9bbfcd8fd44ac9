"""Which pictures are decoded, and which of those are kept."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import floor

from hydrus_video_deduplicator.frames.frame import Frame

MAX_FRAMES = 512
"""Grey frames kept of one video, at most: 7 MB at 160×90. If a video has more than it promises,
every second one is dropped and the interval doubled, so memory stays bounded."""

MAX_STILLS = 300
"""Colour frames kept of one video, at most: 52 MB at 320×180."""

STILL_INTERVAL = 1.0
"""Seconds between two colour frames: VideoHash takes one a second."""

LEAST_HOLD = 0.3
"""A picture that stays for so many seconds or more is kept repeatedly. Between two that stay for
less, what is shown is close to a blend of both."""

FIRST_STILL = -0.12
"""Seconds at which the colour frames begin. VideoHash wants the picture that is shown at 0.9,
1.9, ... s, which began up to a frame earlier."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How often a video is looked at.

    interval: seconds between two grey frames, greater than 0.
    visit: seconds between the moments that are sought; 0 for a video that is decoded through.
    share: of the time from one key frame that is visited to the next, what is decoded, 0 to 1.
    """

    interval: float
    visit: float = 0.0
    share: float = 1.0


ScheduleOf = Callable[[float], Schedule]
"""The schedule for a video of so many seconds (0: the file does not say)."""

MakeFrame = Callable[[float], Frame]
"""Makes the frame of a picture for a time, only on demand, because this takes time."""


class Sampler:
    """Keeps the pictures nearest to the points of a grid, for any time stamps."""

    def __init__(self, interval: float, most: int, first: float = 0.0, *, holds: bool = False):
        """`interval`: seconds, greater than 0. `first`: second of the first point of the grid.

        holds: keep a picture again at each point at which it is still shown.
        """
        self.frames: list[Frame] = []
        self.interval = interval
        self._most = most
        self._first = self._due = first
        self._holds = holds
        self._before: tuple[float, MakeFrame] | None = None
        self._shown: MakeFrame | None = None

    def offer(self, time: float, make: MakeFrame) -> None:
        """The next picture, at `time` seconds, no earlier than the one before."""
        self._choose(time, make)
        self._shown = make

    def _choose(self, time: float, make: MakeFrame) -> None:
        if time < self._due:
            self._before = time, make
            return
        before, self._before = self._before, None
        reach = min(time - self._due, self.interval / 2)
        if before is not None and self._due - before[0] < reach:
            self._keep(*before)
            self._choose(time, make)  # it may be the one for a later point
        else:
            self.hold(time)
            self._keep(time, make)

    def hold(self, until: float) -> None:
        """The last picture is shown until then, in seconds."""
        shown = self._shown
        if not (self._holds and shown and self.frames):
            return
        if until - self.frames[-1].time < LEAST_HOLD:
            return
        frame = shown(self._due)
        while (due := self._due) < until - self.interval / 2:
            self._keep(due, lambda time: replace(frame, time=time))
            self._due = max(self._due, due + self.interval)  # rounded, it may be that point again

    def skip(self) -> None:
        """Nothing is known of what was shown from the last picture to the next."""
        self._shown = None

    def _keep(self, time: float, make: MakeFrame) -> None:
        self.frames.append(make(time))
        if len(self.frames) > self._most:
            self.interval *= 2
            self.frames = self.frames[::2]
        point = floor((max(time, self._due) - self._first) / self.interval)
        self._due = self._first + (point + 1) * self.interval


class Takes:
    """The frames kept of one video: grey ones an interval, and stills in colour."""

    def __init__(self, interval: float, *, holds: bool = True) -> None:
        """`interval`: seconds between two grey frames, greater than 0.

        holds: whether a picture is shown until the next one comes; not where pictures are left out.
        """
        self._grey = Sampler(interval, MAX_FRAMES, holds=holds)
        self._colour = Sampler(STILL_INTERVAL, MAX_STILLS, FIRST_STILL)

    def offer(self, time: float, grey: MakeFrame, colour: MakeFrame) -> None:
        """A picture that was decoded, at `time` seconds: it is kept if its time has come."""
        self._grey.offer(time, grey)
        self._colour.offer(time, colour)

    def hold(self, until: float) -> None:
        """The last picture is shown until then, in seconds."""
        self._grey.hold(until)

    def skip(self) -> None:
        """Nothing is known of what was shown from the last picture to the next."""
        self._grey.skip()

    @property
    def frames(self) -> list[Frame]:
        """The grey frames so far."""
        return self._grey.frames

    @property
    def stills(self) -> list[Frame]:
        """The colour frames so far."""
        return self._colour.frames
