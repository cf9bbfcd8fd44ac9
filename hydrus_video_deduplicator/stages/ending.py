"""When a run ends before all is done: its time is up."""

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

    def is_due(self, reserve: float = 0.0) -> bool:
        """Whether no more than `reserve` seconds are left, so that nothing more is begun."""
        return self._end is not None and self._clock() >= self._end - reserve
