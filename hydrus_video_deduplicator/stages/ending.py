"""When a run ends before all is done: its time is up."""

import math
import time
from collections.abc import Callable


class Ending:
    """Asked between one piece of work and the next: what is in hand is always finished."""

    def __init__(
        self, max_seconds: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """The time runs from now; None for as long as it takes."""
        self.max_seconds = max_seconds
        self._clock = clock
        self._end = None if max_seconds is None else clock() + max_seconds

    def left(self) -> float:
        """Seconds; infinite if the time is not limited."""
        return math.inf if self._end is None else self._end - self._clock()

    def is_due(self) -> bool:
        """Whether the time is up, so that nothing more is begun."""
        return self.left() <= 0
