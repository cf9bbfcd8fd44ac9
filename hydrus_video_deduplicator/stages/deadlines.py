"""A time limit that no decoder can hold up: runs in a worker."""

import faulthandler
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

LEAST_SECONDS = 0.001
"""For a deadline that has just passed: the timer takes no zero."""


class Deadlines:
    """Those of the files that the threads of this process are at; one thread as a rule.

    The timer of `faulthandler` is a thread of C, which needs nothing of Python's. There is but one
    in a process, so it is set to the deadline that comes first.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._ends: list[float] = []

    @contextmanager
    def one_in(self, seconds: float) -> Iterator[None]:
        """The process ends itself if this lasts longer."""
        end = time.monotonic() + seconds
        with self._lock:
            self._ends.append(end)
            self._set_timer()
        try:
            yield
        finally:
            with self._lock:
                self._ends.remove(end)
                self._set_timer()

    def _set_timer(self) -> None:
        if not self._ends:
            faulthandler.cancel_dump_traceback_later()
            return
        left = max(LEAST_SECONDS, min(self._ends) - time.monotonic())
        faulthandler.dump_traceback_later(left, exit=True, file=_NOWHERE)


_NOWHERE = os.open(os.devnull, os.O_WRONLY)
one_in = Deadlines().one_in
