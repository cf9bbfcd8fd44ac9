"""Which files can be done before the time of a run is up, judging by the speed so far."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from threading import Lock

from hydrus_video_deduplicator.library import Extent
from hydrus_video_deduplicator.stages.progress import LEAST_TOLD, cost

USUAL_SPEED = 1.0
"""Work that a worker is assumed to do in a second, in the unit of `cost`, which is a second of the
machine on which it was fitted."""


class Pace:
    """Measures how fast files are done. One thread hands files over, another one finishes them."""

    def __init__(
        self, workers: Callable[[], int], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """workers: their current number."""
        self.too_long: list[str] = []
        """Files that were not handed over because too little time was left for them."""
        self._workers = workers
        self._clock = clock
        self._lock = Lock()
        self._extents: Mapping[str, Extent] = {}
        self._under_way: dict[str, float] = {}
        self._first_done: float | None = None
        self._done_since = 0.0

    def expect(self, extents: Mapping[str, Extent]) -> None:
        """Note the size and length of each file."""
        self._extents = extents

    def in_time(self, files: Iterable[str], time_left: Callable[[], float]) -> Iterator[str]:
        """Those of the files that can be done in the time that is left when they are asked for.

        A shorter file may still be done where a longer one would not.
        """
        for name in files:
            left = time_left()
            if left <= 0:
                return
            if self.seconds_for(name) > left:
                self.too_long.append(name)
                continue
            with self._lock:
                self._under_way[name] = self._cost(name)
            yield name

    def finish(self, name: str) -> None:
        """A file is done."""
        with self._lock:
            work = self._under_way.pop(name, 0.0)
            if self._first_done is None:  # its worker had to start first
                self._first_done = self._clock()
            else:
                self._done_since += work

    def seconds_for(self, name: str) -> float:
        """Until the file would be done, after those that are under way."""
        workers = max(1, self._workers())
        with self._lock:
            before = sum(self._under_way.values()) / workers
            return (before + self._cost(name)) / self._speed(workers)

    def _cost(self, name: str) -> float:
        return cost(self._extents.get(name, Extent()))

    def _speed(self, workers: int) -> float:
        """Work that a worker does in a second."""
        if self._first_done is None or not self._done_since:
            return USUAL_SPEED
        elapsed = self._clock() - self._first_done
        return self._done_since / elapsed / workers if elapsed >= LEAST_TOLD else USUAL_SPEED
