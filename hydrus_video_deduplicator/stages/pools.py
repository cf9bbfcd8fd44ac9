"""Where files are worked on: in processes of this machine, or (`cluster`) on other machines."""

import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import count
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.synchronize import Semaphore
from threading import Event, Thread, current_thread, main_thread
from types import TracebackType
from typing import ParamSpec, Protocol, Self, TypeVar

from hydrus_video_deduplicator.library import readers

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

LOOK_AGAIN_SECONDS = 1.0
"""Seconds between two looks of a thread for what it waits for, such as new workers: only then does
Windows let Ctrl+C through to it."""

END_AGAIN_SECONDS = 0.1
"""Seconds between two calls to all workers to end at once: one may have been about to start."""


LOOKS_UNTIL_TOLD_AGAIN = 5
"""Looks between two messages about what the program is waiting for."""


class WorkerDied(Exception):
    """A worker ended in the middle of a file: this one, or another that it had."""


class Pool(Protocol):
    """An executor, with what only its maker knows about it. It serves all tasks of a run."""

    def executor(self) -> Executor:
        """The executor; always the same until it is replaced."""
        ...

    def lone_executor(self) -> Executor:
        """One for a single file that may kill its worker, in place of all others until replaced."""
        ...

    def replace(self) -> None:
        """Repair what a worker that died has broken."""
        ...

    def hold(self) -> None:
        """Begin nothing more of what was handed over, if that can be helped: it is cancelled."""
        ...

    def resume(self) -> None:
        """Begin things again, once all that was handed over has ended."""
        ...

    def slots(self) -> int:
        """How many files can be worked on at once at the moment."""
        ...

    def understood(self, error: Exception) -> Exception:
        """What an error of a future means.

        `WorkerDied`, a `DeduplicatorError` that ends the run, or the error itself.
        """
        ...


class ProcessPool:
    """Worker processes of this machine. A context manager.

    Ctrl+C lets them finish their files, whose results are kept. A second Ctrl+C, or any other
    error, ends them at once. After that it is ignored: the program is ending. So is SIGTERM, which
    the main process turns into the same `KeyboardInterrupt`.
    """

    def __init__(
        self,
        jobs: int,
        readers: int | None = None,
        at_work: Callable[[], str] = lambda: "the files being hashed",
    ) -> None:
        """`jobs` processes, of which at most `readers` read a file at the same time.

        at_work: says which files are being worked on, for the message about waiting.
        """
        self._jobs = jobs
        self._readers = readers
        self._at_work = at_work
        self._executor: Executor | None = None
        self._held: Semaphore | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        is_interrupted = isinstance(error, KeyboardInterrupt)
        has_workers = self._executor is not None
        self.hold()
        gone = self._dismiss()
        try:
            if is_interrupted or error is None:
                _wait(gone, self._tell if is_interrupted and has_workers else _say_nothing)
        finally:
            if is_interrupted:
                _ignore_interrupts()
            while not gone.is_set():
                for process in multiprocessing.active_children():
                    process.terminate()  # they only read: only time is lost
                gone.wait(END_AGAIN_SECONDS)

    def _tell(self) -> None:
        log.warning("Finishing %s. Press Ctrl+C again to stop at once.", self._at_work())

    def executor(self) -> Executor:
        """See `Pool`."""
        if self._executor is None:
            self._executor = self._started(self._jobs)
        return self._executor

    def lone_executor(self) -> Executor:
        """See `Pool`."""
        self.replace()
        self._executor = self._started(1)
        return self._executor

    def replace(self) -> None:
        """See `Pool`. A process that dies breaks the executor of all."""
        _wait(self._dismiss())

    def _dismiss(self) -> Event:
        """Let the workers finish their files and end; the event says when they have.

        An executor is shut down once, and in a thread of its own: a thread whose `join` is
        interrupted by Ctrl+C counts as ended (https://github.com/python/cpython/issues/90882).
        """
        gone = Event()
        executor, self._executor = self._executor, None
        if executor is None:
            gone.set()
        else:
            Thread(target=_shut_down, args=(executor, gone), name="dismissal", daemon=True).start()
        return gone

    def hold(self) -> None:
        """See `Pool`."""
        if self._held is not None:
            for _ in range(self._jobs):
                self._held.release()

    def resume(self) -> None:
        """See `Pool`."""
        while self._held is not None and self._held.acquire(block=False):
            pass

    def slots(self) -> int:
        """See `Pool`."""
        return self._jobs

    def understood(self, error: Exception) -> Exception:
        """See `Pool`."""
        return WorkerDied() if isinstance(error, BrokenProcessPool) else error

    def _started(self, jobs: int) -> Executor:
        """Worker processes started afresh (spawn), as Windows and macOS do it."""
        # each executor has slots of its own: one that a dying process held is gone with the rest
        slots = None if self._readers is None else _SPAWN.Semaphore(self._readers)
        self._held = _SPAWN.Semaphore(0)
        return _Processes(
            jobs, mp_context=_SPAWN, initializer=_start_worker, initargs=(slots, self._held)
        )


class _Processes(ProcessPoolExecutor):
    """An executor whose workers begin nothing while the pool is held or once it has closed.

    Without that, they would still do what has been handed to them and cannot be cancelled: one
    file more than there are workers.
    """

    def submit(self, task: Callable[P, R], /, *given: P.args, **named: P.kwargs) -> Future[R]:
        """See `Executor`. A task that is not begun counts as cancelled."""
        return super().submit(_unless_held, task, *given, **named)


class _Held:
    """What holds this process back.

    signal: can be acquired while the pool is held, by all workers at once.
    has_begun: whether it has worked. The first file of a process that was only starting is done.
    """

    signal: Semaphore | None = None
    has_begun = False


def _unless_held(task: Callable[P, R], /, *given: P.args, **named: P.kwargs) -> R:
    if _Held.has_begun:
        cancel_if_held()
    _Held.has_begun = True
    return task(*given, **named)


def cancel_if_held() -> None:
    """For a long task whose result nobody waits for once the pool is held: raises `CancelledError`.

    Does nothing in a process that is no worker.
    """
    if _Held.signal is not None and _Held.signal.acquire(block=False):
        _Held.signal.release()
        raise CancelledError


def _shut_down(executor: Executor, gone: Event) -> None:
    try:
        executor.shutdown(wait=True, cancel_futures=True)
    finally:
        gone.set()


def _say_nothing() -> None:
    """The user waits for no file."""


def _wait(event: Event, tell: Callable[[], None] = _say_nothing) -> None:
    for looks in count():
        if looks % LOOKS_UNTIL_TOLD_AGAIN == 0:
            tell()
        if event.wait(LOOK_AGAIN_SECONDS):
            return


class _Worker(SpawnProcess):
    """A process that ignores Ctrl+C and SIGTERM.

    A terminal and a service manager send them to the workers too, but the main process decides. A
    worker that ignores Ctrl+C only once it runs would end with a traceback if it came earlier,
    during its imports.
    """

    def start(self) -> None:
        """See `Process`."""
        with _interrupts_blocked():
            super().start()

    def terminate(self) -> None:
        """See `Process`. SIGTERM would not do it."""
        self.kill()


class _Workers(SpawnContext):
    Process = _Worker


_SPAWN = _Workers()


INTERRUPTS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """For this thread, and permanently for the processes that it starts: they inherit the mask."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _ignore_interrupts() -> None:
    """From now on; only the main thread can, and only there is anybody interrupted."""
    if current_thread() is main_thread():
        for interrupt in INTERRUPTS:
            signal.signal(interrupt, signal.SIG_IGN)


def _start_worker(slots: readers.Slots | None, held: Semaphore) -> None:
    _Held.signal = held
    _ignore_interrupts()  # on Windows, where a worker is not born so
    Thread(target=_end_with_parent, name="watch", daemon=True).start()
    readers.share(slots)


def _end_with_parent() -> None:
    """A main process that was killed cannot tell its workers, which would wait for it forever."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
