"""Where a run can be paused or cancelled from outside, between one piece of work and the next."""

import time
from collections.abc import Callable, Iterator
from threading import Condition

from hydrus_video_deduplicator.stages.ending import Ending
from hydrus_video_deduplicator.stages.events import Event

LOOK_AGAIN_SECONDS = 1.0
"""Between two looks whether the gate is open or the time is up: Windows lets Ctrl+C through to a
thread that waits only then."""


class TimeUp(Exception):
    """The time of a run was up while it was paused."""


class Gate:
    """Open unless the run is paused. Every thread may use it."""

    def __init__(
        self, ending: Ending | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """ending: when nobody has to wait any longer."""
        self._ending = ending or Ending()
        self._clock = clock
        self._reasons: set[str] = set()
        self._held_since = 0.0
        self._held_for = 0.0
        self._is_called_off = False
        self._changed = Condition()

    def hold(self, why: str, *, held: bool) -> bool:
        """Keep it closed for that reason, or no longer. Returns whether that is a change."""
        with self._changed:
            if held == (why in self._reasons):
                return False
            now = self.clock()
            (self._reasons.add if held else self._reasons.discard)(why)
            self._held_since = self._clock()
            self._held_for = self._held_since - now
            self._changed.notify_all()
            return True

    def call_off(self) -> None:
        """End the run cleanly, as Ctrl+C does."""
        with self._changed:
            self._is_called_off = True
            self._changed.notify_all()

    @property
    def why(self) -> str:
        """Why it is closed, as messages say it; empty if it is open."""
        return "called off" if self._is_called_off else ", ".join(sorted(self._reasons))

    @property
    def is_open(self) -> bool:
        """Whether the run is not paused."""
        return not self._reasons and not self._is_called_off

    def clock(self) -> float:
        """Seconds that stand still while it is held: a pause is not slow work."""
        with self._changed:
            now = self._held_since if self._reasons else self._clock()
            return now - self._held_for

    def check(self) -> None:
        """Raise `KeyboardInterrupt` if the run is cancelled. For the main thread."""
        if self._is_called_off:
            raise KeyboardInterrupt

    def wait(self) -> None:
        """Return once it is open or the time is up. As `check`."""
        with self._changed:
            while not self.is_open and not self._ending.is_due():
                self.check()
                self._changed.wait(LOOK_AGAIN_SECONDS)
        self.check()

    def enter(self) -> None:
        """Wait before a piece of work that must not begin while the gate is closed.

        Raises `TimeUp` if it is still closed when the time is up. As `check`.
        """
        self.wait()
        if self._ending.is_due() and not self.is_open:
            raise TimeUp


def gated(run: Iterator[Event], gate: Gate) -> Iterator[Event]:
    """The events of a run, which is held up at the gate after each of them.

    When the time is up, it goes on, and ends where it would `enter` the gate.
    """
    gate.wait()
    for event in run:
        yield event
        gate.wait()
