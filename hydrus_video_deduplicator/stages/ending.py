"""When a run ends before everything is done: its time is up."""

import math
import time
from collections.abc import Callable


class Ending:
    """Asked between two pieces of work: what has begun is always finished."""

    def __init__(
        self, max_seconds: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """The time runs from now; None: no limit."""
        self.max_seconds = max_seconds
        self._clock = clock
        self._end = None if max_seconds is None else clock() + max_seconds

    def left(self) -> float:
        """Seconds; infinite if the time is not limited."""
        return math.inf if self._end is None else self._end - self._clock()

    def is_due(self) -> bool:
        """Whether the time is up, so that nothing new begins."""
        return self.left() <= 0
