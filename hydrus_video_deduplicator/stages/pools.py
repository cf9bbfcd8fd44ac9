"""Where files are worked on: in processes of this machine, or (`cluster`) on other machines."""

import logging
import multiprocessing
import os
import signal
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from threading import Thread
from types import TracebackType
from typing import Protocol, Self

from hydrus_video_deduplicator.library import readers

log = logging.getLogger(__name__)

LOOK_AGAIN_SECONDS = 1.0
"""Between two looks of a thread for what it waits for, such as workers that have come: Windows
lets Ctrl+C through to it only then."""


class WorkerDied(Exception):
    """A worker ended in the middle of a file: this one, or another that it had."""


class Pool(Protocol):
    """An executor, and what only its maker knows of it. Kept for all tasks of a run."""

    def executor(self) -> Executor:
        """The executor; always the same until it is replaced."""
        ...

    def lone_executor(self) -> Executor:
        """One for a single file that may kill its worker."""
        ...

    def replace(self) -> None:
        """Make good what a worker that died has broken."""
        ...

    def slots(self) -> int:
        """How many files can be worked on at once, as of now."""
        ...

    def understood(self, error: Exception) -> Exception:
        """What an error of a future stands for.

        `WorkerDied`, a `DeduplicatorError` that ends the run, or the error itself.
        """
        ...


class ProcessPool:
    """Worker processes of this machine. A context manager.

    Ctrl+C lets them finish the files that they are at, whose results are still kept; pressed again,
    or any other error, ends them at once.
    """

    def __init__(self, jobs: int, readers: int | None = None) -> None:
        """`jobs` processes, of which at most `readers` read a file at the same time."""
        self._jobs = jobs
        self._readers = readers
        self._executor: Executor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if isinstance(error, KeyboardInterrupt) and self._executor is not None:
                log.warning("Finishing the files in work. Press Ctrl+C again to stop at once.")
                self._finish()
        finally:
            if error is not None:
                for process in multiprocessing.active_children():
                    process.terminate()  # they only read: nothing is lost but their time
            self.replace()

    def _finish(self) -> None:
        """Wait for what the workers are at, in a thread that Ctrl+C can leave."""
        finishing = Thread(target=self.replace, name="finishing", daemon=True)
        finishing.start()
        while finishing.is_alive():
            finishing.join(LOOK_AGAIN_SECONDS)

    def executor(self) -> Executor:
        """See `Pool`."""
        if self._executor is None:
            self._executor = self._started(self._jobs)
        return self._executor

    def lone_executor(self) -> Executor:
        """See `Pool`."""
        return self._started(1)

    def replace(self) -> None:
        """See `Pool`. A process that dies breaks the executor of all."""
        executor = self._executor
        if executor is not None:
            executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None

    def slots(self) -> int:
        """See `Pool`."""
        return self._jobs

    def understood(self, error: Exception) -> Exception:
        """See `Pool`."""
        return WorkerDied() if isinstance(error, BrokenProcessPool) else error

    def _started(self, jobs: int) -> Executor:
        """Worker processes started afresh (spawn), as Windows and macOS do it."""
        spawn = multiprocessing.get_context("spawn")
        # each executor has slots of its own: one that a dying process held is gone with the rest
        slots = None if self._readers is None else spawn.Semaphore(self._readers)
        return ProcessPoolExecutor(
            jobs, mp_context=spawn, initializer=_start_worker, initargs=(slots,)
        )


def _start_worker(slots: readers.Slots | None) -> None:
    # A terminal sends Ctrl+C to the workers too; it is the main process that decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, name="watch", daemon=True).start()
    readers.share(slots)


def _end_with_parent() -> None:
    """A main process that was killed tells nobody: its workers would wait for it for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
