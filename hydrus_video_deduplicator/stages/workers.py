"""Do a task on many files in worker processes, whatever the files do to their decoders."""

import faulthandler
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Generic, TypeVar

from hydrus_video_deduplicator.errors import DeduplicatorError, UnreadableVideo
from hydrus_video_deduplicator.library import Source

T = TypeVar("T")

Pool = Callable[[int], Executor]
"""Makes an executor of so many workers."""

Named = tuple[str, Source]
"""A file by its name and how to read it."""

FILES_AHEAD = 2
"""Files handed to the pool for each worker. Two keep a worker busy while results are stored;
more would only be lost with a crash."""


def process_pool(workers: int) -> Executor:
    """Worker processes started afresh (spawn), as Windows and macOS do it."""
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=spawn, initializer=_ignore_interrupts)


def _ignore_interrupts() -> None:
    # A terminal sends Ctrl+C to the workers too; it is the main process that decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@dataclass(frozen=True)
class Crew(Generic[T]):
    """Workers for one task.

    task: what is done to each file; picklable.
    jobs: number of workers.
    time_limit: seconds, after which a worker ends itself, whatever its decoder is doing.
    """

    task: Callable[[Source], T]
    jobs: int
    time_limit: float
    pool: Pool = process_pool

    def work_through(self, files: Iterable[Named]) -> Iterator[tuple[str, T | Exception]]:
        """Yields (name, result), or (name, why there is none), in the order they are done.

        A decoder that crashes or hangs takes its process with it. Whatever was in the pool then
        is done again, each file in a pool of its own, so that only the guilty file is lost.
        Raises the `DeduplicatorError` of a file that ends the run.
        """
        waiting = deque(files)
        while waiting:
            suspects = yield from self._work_until_crash(waiting)
            for name, source in suspects:
                yield name, self._do_alone(source)

    def _work_until_crash(
        self, waiting: deque[Named]
    ) -> Generator[tuple[str, T | Exception], None, list[Named]]:
        """Take files until there are none or a worker dies; returns what was in the pool then."""
        in_pool: dict[Future[T], Named] = {}
        executor = self.pool(self.jobs)
        try:
            while waiting or in_pool:
                while waiting and len(in_pool) < self.jobs * FILES_AHEAD:
                    file = waiting.popleft()
                    try:
                        in_pool[self._submit(executor, file[1])] = file
                    except BrokenProcessPool:
                        return [file, *in_pool.values()]
                done, _ = wait(in_pool, return_when=FIRST_COMPLETED)
                for future in done:
                    outcome = _outcome(future)
                    if isinstance(outcome, BrokenProcessPool):
                        return list(in_pool.values())
                    yield in_pool.pop(future)[0], outcome
        finally:
            executor.shutdown(wait=True, cancel_futures=True)
        return []

    def _do_alone(self, source: Source) -> T | Exception:
        with self.pool(1) as executor:
            outcome = _outcome(self._submit(executor, source))
        if isinstance(outcome, BrokenProcessPool):
            limit = f"{self.time_limit:g} seconds"
            return UnreadableVideo(f"the decoder crashed, or took longer than {limit}")
        return outcome

    def _submit(self, executor: Executor, source: Source) -> Future[T]:
        return executor.submit(_in_time, self.task, source, self.time_limit)


def _in_time(task: Callable[[Source], T], source: Source, time_limit: float) -> T:
    """Runs in a worker. The timer is a thread of C: no decoder can hold it up."""
    with open(os.devnull, "w") as nowhere:
        faulthandler.dump_traceback_later(time_limit, exit=True, file=nowhere)
        try:
            return task(source)
        finally:
            faulthandler.cancel_dump_traceback_later()


def _outcome(future: Future[T]) -> T | Exception:
    """The result of a file, or why there is none."""
    try:
        return future.result()
    except DeduplicatorError:
        raise
    except Exception as error:  # whatever a broken file provokes is that file's failure alone
        return error
