"""Which of the decoded pictures are kept."""

from collections.abc import Callable

from hydrus_video_deduplicator.frames.frame import Frame

IntervalOf = Callable[[float], float]
"""Seconds between samples for a video of so many seconds (0: the file does not say)."""

MAX_FRAMES = 512
"""Frames kept of one video. 512 at 320×180 take 90 MB; where a video promises fewer than it has,
every second one is dropped and the interval doubled, so memory stays bounded."""


class Sampler:
    """Keeps one picture an interval, whatever the time stamps of the stream are like.

    Ask `wants` before a picture is converted, for that is what costs.
    """

    def __init__(self, interval: float) -> None:
        """`interval`: seconds between kept pictures, greater than 0."""
        self.interval = interval
        self.frames: list[Frame] = []

    def wants(self, time: float) -> bool:
        """Whether a picture at `time` seconds is the first of its interval."""
        return not self.frames or self._slot(time) > self._slot(self.frames[-1].time)

    def keep(self, frame: Frame) -> None:
        """Add a wanted frame."""
        self.frames.append(frame)
        if len(self.frames) > MAX_FRAMES:
            self.interval *= 2
            self.frames = self.frames[::2]

    def _slot(self, time: float) -> int:
        # A tenth of an interval of tolerance: time stamps are rounded to the container's clock.
        return int(time / self.interval + 0.1)
