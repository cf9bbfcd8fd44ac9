"""Which file each worker is at."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from hydrus_video_deduplicator.wording import counted

MOST_NAMED = 4
"""Files that a line names."""


@dataclass(frozen=True, slots=True)
class AtWork:
    """A worker and its file. `since` is when it began, in seconds of the clock."""

    worker: int
    name: str
    since: float


class Roster:
    """Which file each worker is working on, known without asking the workers.

    A pool hands out its files in the order in which they came: as many as there are workers, the
    oldest that are not done, are being worked on. This holds for other machines too. Safe to ask
    from any thread.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        label: Callable[[str], str] = str,
    ) -> None:
        """label: what to call a file in a message to the user."""
        self._clock = clock
        self._label = label
        self._lock = Lock()
        self._waiting: dict[object, str] = {}
        self._at_work: dict[object, AtWork] = {}
        self._workers = 0

    def add(self, ticket: object, name: str, workers: int) -> None:
        """A file has come to the pool. workers: how many the pool has at the moment."""
        with self._lock:
            self._workers = workers
            self._waiting[ticket] = name
            self._fill_up()

    def remove(self, ticket: object) -> None:
        """The file of that ticket is done."""
        with self._lock:
            self._waiting.pop(ticket, None)
            self._at_work.pop(ticket, None)
            self._fill_up()

    def at_work(self) -> list[AtWork]:
        """The files that are being worked on, by number of the worker, 1 for the first."""
        with self._lock:
            return sorted(self._at_work.values(), key=lambda each: each.worker)

    def in_words(self) -> str:
        """Such as `2 files: a.mp4 (for 12 s), b.mp4 (for 3 s)`."""
        at_work = self.at_work()
        now = self._clock()
        named = [f"{self._label(e.name)} (for {now - e.since:.0f} s)" for e in at_work[:MOST_NAMED]]
        if (more := len(at_work) - MOST_NAMED) > 0:
            named.append(f"and {more} more")
        return f"{counted(len(at_work), 'file')}: {', '.join(named)}" if named else "what has begun"

    def _fill_up(self) -> None:
        busy = {each.worker for each in self._at_work.values()}
        free = (number for number in range(1, self._workers + 1) if number not in busy)
        for ticket, worker in zip(list(self._waiting), free, strict=False):
            self._at_work[ticket] = AtWork(worker, self._waiting.pop(ticket), self._clock())
