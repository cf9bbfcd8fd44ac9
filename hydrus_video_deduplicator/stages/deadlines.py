"""A time limit that no decoder can block: runs in a worker."""

import faulthandler
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from hydrus_video_deduplicator.library.waiting import Wait, watch_waits

LEAST_SECONDS = 0.001
"""For a deadline that has just passed: the timer does not accept zero."""


class Deadlines:
    """Deadlines of the files that the threads of this process work on; one thread as a rule.

    The timer of `faulthandler` is a thread in C, which needs nothing from Python. A process has
    only one, so it is set to the first deadline. It stands still while a worker waits for the
    library, and waits without an answer do not count: it is not the file's fault if Hydrus was away
    or stalled.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._ends: dict[object, float] = {}
        self._waits = 0

    @contextmanager
    def one_in(self, seconds: float) -> Iterator[None]:
        """The process ends itself if this lasts longer."""
        watch_waits(self.waiting)
        file = object()
        with self._lock:
            self._ends[file] = time.monotonic() + seconds
            self._set_timer()
        try:
            yield
        finally:
            with self._lock:
                del self._ends[file]
                self._set_timer()

    @contextmanager
    def waiting(self) -> Iterator[Wait]:
        """See `library.waiting`."""
        wait, start = Wait(), time.monotonic()
        with self._lock:
            self._waits += 1
            self._set_timer()
        try:
            yield wait
        finally:
            lost = time.monotonic() - start if wait.in_vain else 0.0
            with self._lock:
                self._waits -= 1
                self._ends = {file: end + lost for file, end in self._ends.items()}
                self._set_timer()

    def _set_timer(self) -> None:
        if self._waits or not self._ends:
            faulthandler.cancel_dump_traceback_later()
            return
        left = max(LEAST_SECONDS, min(self._ends.values()) - time.monotonic())
        faulthandler.dump_traceback_later(left, exit=True, file=_NOWHERE)


_NOWHERE = os.open(os.devnull, os.O_WRONLY)
one_in = Deadlines().one_in
