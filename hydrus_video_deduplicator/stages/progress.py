"""The progress of a run and the time left, from its events."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hydrus_video_deduplicator.library import Extent
from hydrus_video_deduplicator.stages import events
from hydrus_video_deduplicator.stages.events import Event, Stage

DECODED_SECONDS = 30.0
"""At most so much of a video is decoded; see `frames`."""

COST_OF_A_FILE = 0.06
COST_OF_A_MEGABYTE = 0.03
COST_OF_DECODING = 0.017
COST_OF_VISITS = 0.04
"""CPU seconds, fitted to 164 files from 1 second to an hour: of each file, of each megabyte and of
each second times million pixels that are decoded, and of the visits to a long video, whose number
grows with the root of its length. Only their ratios count. The time left of runs over these files
was off by 15% in the median; by the number of files it was off by 29%, by their bytes by 86%."""

USUAL_BYTES_A_SECOND = 250_000
USUAL_PIXELS = 500_000
"""Assumed of files about which nothing else is known."""

LEAST_TOLD = 3.0
"""Seconds after the first file was done before a speed is known."""


def cost(extent: Extent) -> float:
    """How much work a file is, in a unit of its own."""
    duration = extent.duration or extent.size / USUAL_BYTES_A_SECOND
    megapixels = (extent.pixels or USUAL_PIXELS) / 1e6
    decoded = min(duration, DECODED_SECONDS)
    megabytes = extent.size / 1e6 * decoded / duration if duration else 0.0
    visits = math.sqrt(max(0.0, duration - DECODED_SECONDS))
    return (
        COST_OF_A_FILE
        + COST_OF_A_MEGABYTE * megabytes
        + (COST_OF_DECODING * decoded + COST_OF_VISITS * visits) * megapixels
    )


@dataclass
class Hashing:
    """The files to hash: how many are done, and how much of them.

    duration, duration_done: seconds of video. size, size_done: bytes.
    """

    files: int = 0
    files_done: int = 0
    failed: int = 0
    duration: float = 0.0
    duration_done: float = 0.0
    size: int = 0
    size_done: int = 0
    work: float = 0.0
    work_done: float = 0.0
    first_done: float | None = None
    work_of_first: float = 0.0
    extents: dict[str, Extent] = field(default_factory=dict)

    def expect(self, extents: dict[str, Extent]) -> None:
        """Note the size and length of each file to hash."""
        self.extents = extents
        self.duration = sum(extent.duration for extent in extents.values())
        self.size = sum(extent.size for extent in extents.values())
        self.work = sum(map(cost, extents.values()))

    def finish(self, sha256: str, now: float) -> None:
        """A file is done."""
        self.files_done += 1
        extent = self.extents.pop(sha256, None)
        if extent is not None:
            self.duration_done += extent.duration
            self.size_done += extent.size
            self.work_done += cost(extent)
        if self.first_done is None:  # its worker had to start first: it tells no speed
            self.first_done, self.work_of_first = now, self.work_done

    @property
    def share(self) -> float:
        """How much of the work is done, 0 to 1: by the sizes and durations, if they are known."""
        if self.work:
            return min(1.0, self.work_done / self.work)
        return self.files_done / self.files if self.files else 1.0


class Progress:
    """Takes the events of a run; its figures can be read at any time."""

    def __init__(
        self, stages: Sequence[Stage], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`stages` are those that the run has, in order."""
        self.stages = stages
        self.stage = Stage.FIND
        self.hashing = Hashing()
        self.steps: int | None = None
        self.steps_done = 0
        self.is_ahead = False
        """Whether what has been hashed so far is compared while there is more to hash."""
        self._clock = clock
        self._stage_began = clock()

    @property
    def next(self) -> Stage | None:
        """The stage after this one, which may turn out to have nothing to do; None at the end."""
        later = self.stages[self.stages.index(self.stage) + 1 :]
        return later[0] if later else None

    def take(self, event: Event) -> None:
        """Count an event."""
        match event:
            case events.Begun(stage, steps):
                self._begin(stage, steps)
            case events.Measured(extents):
                self.hashing.expect(dict(extents))
            case events.Hashed(sha256):
                self.hashing.finish(sha256, self._clock())
            case events.Failed() | events.FailedAgain() | events.Gone() if event.sha256:
                self._set_aside(event.sha256, has_failed=isinstance(event, events.Failed))
            case events.NoVideo(sha256):
                self.hashing.finish(sha256, self._clock())
            case events.Advanced(steps):
                self.steps_done += steps
            case events.Posted() | events.Planned():
                self.steps_done += 1

    def files_a_second(self) -> float | None:
        """Since the first file was done; None until enough is done to tell."""
        elapsed = self._hashing_for()
        return (self.hashing.files_done - 1) / elapsed if elapsed else None

    def share(self) -> float | None:
        """How much of the stage is done, 0 to 1; None if it is not known."""
        if self.stage is Stage.HASH:
            return self.hashing.share
        return min(1.0, self.steps_done / self.steps) if self.steps else None

    def time_left(self) -> float | None:
        """Seconds to the end of the stage, at its speed so far; None if it cannot be told yet."""
        if self.stage is not Stage.HASH:
            share, elapsed = self.share(), self._clock() - self._stage_began
            return elapsed * (1 - share) / share if share else None
        hashing, elapsed_hashing = self.hashing, self._hashing_for()
        done = hashing.work_done - hashing.work_of_first
        if not elapsed_hashing or not done:
            return None
        return elapsed_hashing * max(0.0, hashing.work - hashing.work_done) / done

    def _begin(self, stage: Stage, steps: int | None) -> None:
        now = self._clock()
        if stage is Stage.HASH:
            self.hashing.files = steps or self.hashing.files
        else:
            self.steps, self.steps_done = steps, 0
        if stage is not self.stage or steps:
            self._stage_began = now
        self.is_ahead = stage is not Stage.HASH and self.hashing.share < 1
        self.stage = stage

    def _set_aside(self, sha256: str, *, has_failed: bool) -> None:
        """A file of this stage is done, though in vain."""
        if self.stage is not Stage.HASH:
            self.steps_done += 1
            return
        self.hashing.failed += has_failed
        self.hashing.finish(sha256, self._clock())

    def _hashing_for(self) -> float | None:
        """Seconds since the first file was done, once they are enough to tell a speed."""
        if self.hashing.first_done is None:
            return None
        elapsed = self._clock() - self.hashing.first_done
        return elapsed if elapsed >= LEAST_TOLD else None
