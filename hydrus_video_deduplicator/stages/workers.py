"""Do a task on many files in worker processes, even if files crash their decoders."""

import logging
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from dataclasses import dataclass, field
from threading import Condition, Lock, Thread
from time import monotonic
from typing import Generic, TypeVar

from hydrus_video_deduplicator.errors import DeduplicatorError, LimitReached, UnreadableVideo
from hydrus_video_deduplicator.library import Source
from hydrus_video_deduplicator.stages.ending import Ending
from hydrus_video_deduplicator.stages.gate import Gate
from hydrus_video_deduplicator.stages.limits import within_limits
from hydrus_video_deduplicator.stages.pools import (
    LOOK_AGAIN_SECONDS,
    LOOKS_UNTIL_TOLD_AGAIN,
    Pool,
    WorkerDied,
)
from hydrus_video_deduplicator.stages.roster import Roster

log = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")

S = TypeVar("S", bound=Source)
"""How to read a file, and anything else that its task needs to know."""

Named = tuple[str, S]
"""A file by its name and how to read it."""

FILES_AHEAD = 2
"""Files given to the pool for each worker. Two keep a worker busy while the next is on its way; a
crash would lose more."""


@dataclass(frozen=True)
class Crew:
    """Workers with a time limit.

    pool: where they are.
    time_limit: seconds after which a worker ends itself, whatever its decoder is doing.
    ending: from when on no more files are handed out.
    roster: which file each worker is working on.
    memory_limit: MiB, beyond what a worker has; None where several files share a process.
    gate: where the run can be paused; no file is handed over meanwhile.
    late: takes what was kept of files that were finished after the run broke off.
    """

    pool: Pool
    time_limit: float
    ending: Ending = field(default_factory=Ending)
    roster: Roster = field(default_factory=Roster)
    memory_limit: int | None = None
    gate: Gate = field(default_factory=Gate)
    late: deque[object] = field(default_factory=deque)

    def work_through(
        self,
        task: Callable[[S], T],
        files: Iterable[Named[S]],
        keep: Callable[[str, T | Exception], R],
    ) -> Iterator[R]:
        """Yields what `keep` returns for each file's name and its result, or its error.

        `keep` is called as soon as a file is done, in another thread, one file at a time: so it can
        write results to disk while the caller is busy. The workers continue meanwhile. `task` is
        picklable; `files` is iterated in another thread, as far as there is room.

        A decoder that crashes or hangs takes its process with it. Everything in the pool is then
        done again, each file alone, so that only the guilty file is lost. Raises what `keep`
        raises, and the `DeduplicatorError` of a file that ends the run.
        """
        waiting = iter(files)
        while suspects := (
            yield from self._work_until_crash(self.pool.executor(), task, waiting, keep)
        ):
            for suspect in suspects:
                yield from self._do_alone(task, suspect, keep)
            self.pool.replace()

    def submit(self, executor: Executor, task: Callable[[S], T], source: S) -> Future[T]:
        """Hand a file over. The future reports a broken executor."""
        try:
            return executor.submit(within_limits, task, source, self.time_limit, self.memory_limit)
        except BrokenExecutor as error:
            refused: Future[T] = Future()
            refused.set_exception(error)
            return refused

    def outcome(self, future: Future[T]) -> T | Exception:
        """The result of a file that is done, or its error."""
        try:
            return future.result()
        except Exception as error:
            # any error that a broken file causes is only its own failure
            return self.pool.understood(error)

    def _work_until_crash(
        self,
        executor: Executor,
        task: Callable[[S], T],
        files: Iterator[Named[S]],
        keep: Callable[[str, T | Exception], R],
    ) -> Generator[R, None, list[Named[S]]]:
        """Returns the files that were with a worker when it died; none when all are done."""
        shift = _Shift(self, executor, task, files, keep)
        try:
            yield from shift.outcomes()
        finally:
            shift.stop()
        return shift.suspects

    def _do_alone(
        self, task: Callable[[S], T], suspect: Named[S], keep: Callable[[str, T | Exception], R]
    ) -> Iterator[R]:
        executor = self.pool.lone_executor()
        began = monotonic()
        if (yield from self._work_until_crash(executor, task, iter([suspect]), keep)):
            yield keep(suspect[0], self._why_it_died(monotonic() - began))

    def _why_it_died(self, after: float) -> UnreadableVideo:
        """The failure of a file whose worker died. after: seconds since the file began."""
        limit = self.time_limit
        if after < limit:
            return UnreadableVideo("the decoder crashed")
        return LimitReached(
            f"the decoder took longer than {limit:g} seconds; --file-timeout raises the limit",
            seconds=limit,
        )


class _Shift(Generic[S, T, R]):
    """Files on their way through an executor, until there are none or a worker dies.

    A thread keeps the executor filled, and the futures themselves have their outcomes kept, so that
    nothing waits for the main process.

    suspects: the files that were with a worker when it died, once all outcomes are out.
    """

    def __init__(
        self,
        crew: Crew,
        executor: Executor,
        task: Callable[[S], T],
        files: Iterator[Named[S]],
        keep: Callable[[str, T | Exception], R],
    ) -> None:
        self.suspects: list[Named[S]] = []
        self._crew = crew
        self._executor = executor
        self._task = task
        self._files = files
        self._keep = keep
        self._keeping = Lock()
        self._in_pool: dict[Future[T], Named[S]] = {}
        self._done: deque[R] = deque()
        self._is_over = False
        self._is_left = False
        self._is_fed = False
        self._trouble: Exception | None = None
        self._looks = 0
        self._changed = Condition()
        Thread(target=self._feed, name="feeder", daemon=True).start()

    def outcomes(self) -> Iterator[R]:
        """What was kept of each file that is done, until there are no more."""
        while self._wait_for_one():
            yield self._done.popleft()
        if self._trouble is not None:
            raise self._trouble
        self._crew.pool.resume()

    def stop(self) -> None:
        """Hand out no more files. The pool cancels what no worker has begun when it closes.

        Not here: Python 3.11 stumbles over a cancelled future when a worker dies
        (https://github.com/python/cpython/pull/108974).
        """
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        with self._keeping:
            self._crew.late.extend(self._done)
            self._is_left = True

    def _wait_for_one(self) -> bool:
        with self._changed:
            while not self._done:
                if self._trouble is not None or (self._is_fed and not self._in_pool):
                    return False
                self._changed.wait(LOOK_AGAIN_SECONDS)
                self._crew.gate.check()
                self._tell_what_is_waited_for()
            return True

    def _tell_what_is_waited_for(self) -> None:
        """When the time is up, say which files are being finished; repeat it now and then."""
        if not self._in_pool or not self._crew.ending.is_due():
            return
        if self._looks % LOOKS_UNTIL_TOLD_AGAIN == 0:
            log.info("The time is up. Finishing %s.", self._crew.roster.in_words())
        self._looks += 1

    def _feed(self) -> None:
        try:
            while self._has_room() and (file := next(self._files, None)) is not None:
                self._hand_over(file)
        except Exception as error:
            self._fail(self._crew.pool.understood(error))
        if self._crew.ending.is_due():
            self._crew.pool.hold()
        with self._changed:
            self._is_fed = True
            self._changed.notify_all()

    def _has_room(self) -> bool:
        """Wait for room in the pool; False if no more files are to be handed out."""
        while True:
            most = self._crew.pool.slots() * FILES_AHEAD
            with self._changed:
                if self._is_over or self._crew.ending.is_due():
                    return False
                if len(self._in_pool) < most and self._crew.gate.is_open:
                    return True
                self._changed.wait(LOOK_AGAIN_SECONDS)

    def _hand_over(self, file: Named[S]) -> None:
        future = self._crew.submit(self._executor, self._task, file[1])
        with self._changed:
            self._in_pool[future] = file
        self._crew.roster.add(future, file[0], self._crew.pool.slots())
        future.add_done_callback(self._take)

    def _take(self, future: Future[T]) -> None:
        """Runs in a thread of the executor."""
        file = self._in_pool[future]
        self._crew.roster.remove(future)
        outcome = self._crew.outcome(future)
        if isinstance(outcome, WorkerDied):
            self.suspects.append(file)
            self._is_over = True
        elif not self._is_taken_back(future, outcome):
            self._keep_result(file[0], outcome)
        with self._changed:
            del self._in_pool[future]
            self._changed.notify_all()

    def _is_taken_back(self, future: Future[T], outcome: T | Exception) -> bool:
        """Whether the pool was held or closed before a worker began the file: no failure.

        A cluster that goes away also cancels, but with another outcome.
        """
        return isinstance(outcome, CancelledError) or (self._is_over and future.cancelled())

    def _keep_result(self, name: str, outcome: T | Exception) -> None:
        try:
            with self._keeping:
                kept = self._keep(name, _or_end(outcome))
                (self._crew.late if self._is_left else self._done).append(kept)
        except Exception as error:
            self._fail(error)

    def _fail(self, trouble: Exception) -> None:
        """Pass the error to the main thread."""
        with self._changed:
            self._trouble = trouble
            self._is_over = True
            self._changed.notify_all()


def _or_end(outcome: T | Exception) -> T | Exception:
    """The outcome of a file, unless it ends the run."""
    if isinstance(outcome, DeduplicatorError):
        raise outcome
    return outcome
