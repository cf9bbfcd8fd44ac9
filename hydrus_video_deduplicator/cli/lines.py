"""Progress where no screen shows it: lines in a log."""

import time
from collections.abc import Callable

from hydrus_video_deduplicator.cli.terminal import say


class Lines:
    """Says a line now and then. Once it has said one, it also says how that ends."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """seconds: between two lines, at least, and before the first."""
        self._seconds = seconds
        self._clock = clock
        self._last = clock()
        self._said = ""

    def tell(self, line: str, *, is_end: bool = False) -> None:
        """Say the line if it is time or, at the end, if one was said before."""
        is_due = bool(self._said) if is_end else self._clock() - self._last >= self._seconds
        if is_due:
            self._last = self._clock()
            if line != self._said:
                say(line)
            self._said = "" if is_end else line
