"""Files worked on by a Dask cluster, whose workers read them for themselves.

`distributed` comes with the extra `cluster` and is imported only here, when it is wanted.
"""

import importlib
import logging
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

from hydrus_video_deduplicator import __version__, signature, sound
from hydrus_video_deduplicator.errors import ClusterUnusable, UsageError
from hydrus_video_deduplicator.extras import how_to_install
from hydrus_video_deduplicator.stages.pools import WorkerDied

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

CONNECT_SECONDS = 5.0
"""Seconds for the scheduler to answer. A LAN needs milliseconds; the user is waiting."""

COUNT_SECONDS = 2.0
"""Seconds between two counts of the workers, which come and go."""

EXTRA = "cluster"

ALGORITHMS = (signature.ALGORITHM, sound.ALGORITHM)
"""What a worker must have in common with this process, or its results are not comparable."""


class Cluster:
    """A `Pool` of the workers of a Dask scheduler. A context manager.

    A file that kills its worker is given to another as often as the scheduler is set to allow
    (`distributed.scheduler.allowed-failures`), then alone once more: no other file is lost by it.
    """

    def __init__(self, address: str) -> None:
        """Connect. Raises `UsageError` without the extra, and `ClusterUnusable`."""
        self._address = address
        self._distributed = _distributed()
        try:
            self._client = self._distributed.Client(
                address, timeout=CONNECT_SECONDS, set_as_default=False, name="video-deduplicator"
            )
        except (OSError, TimeoutError, ValueError) as error:
            raise ClusterUnusable(
                f"No Dask scheduler answers at {address}: {error}. Is it running there? An address"
                " looks like tcp://host:8786."
            ) from error
        self._executor = self.lone_executor()
        self._counted = 0.0
        self._workers = 0
        if self.slots() == 0:
            log.warning("The scheduler at %s has no workers yet: waiting for them", address)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # what the workers are doing cannot be stopped; its results are dropped
        self._executor.shutdown(wait=False)
        self._client.close()

    def executor(self) -> Executor:
        """See `Pool`."""
        return self._executor

    def lone_executor(self) -> Executor:
        """See `Pool`. The scheduler has already told apart the files that killed their workers."""
        return _AgreeingExecutor(self._client.get_executor(pure=False, retries=0))

    def replace(self) -> None:
        """See `Pool`. The cluster restarts its workers by itself."""

    def hold(self) -> None:
        """See `Pool`. The workers of a cluster go on with what they were given."""

    def resume(self) -> None:
        """See `Pool`."""

    def slots(self) -> int:
        """See `Pool`: the threads of all workers."""
        if time.monotonic() - self._counted >= COUNT_SECONDS:
            try:
                self._workers = sum(self._client.nthreads().values())
            except OSError:
                raise self._gone() from None
            self._counted = time.monotonic()
        return self._workers

    def understood(self, error: Exception) -> Exception:
        """See `Pool`."""
        if isinstance(error, self._distributed.KilledWorker):
            return WorkerDied()
        if isinstance(error, CancelledError):
            return self._gone()
        if missing := _missing_there(error):
            return ClusterUnusable(
                f"The scheduler at {self._address}, or one of its workers, lacks a part of this"
                f" program, version {__version__}: {missing}. Install it there:"
                f" {how_to_install(EXTRA)}"
            )
        return error

    def _gone(self) -> ClusterUnusable:
        return ClusterUnusable(
            f"The Dask scheduler at {self._address} has gone away. Finished work is kept; run again"
            " when it is back."
        )


class _AgreeingExecutor(Executor):
    """The executor of a Dask client, for workers that have the same algorithms as this process."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """See `Executor`."""
        future: Future[T] = self._inner.submit(_agreeing, ALGORITHMS, fn, *args, **kwargs)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """See `Executor`."""
        self._inner.shutdown(wait=wait and not cancel_futures)


def _agreeing(
    algorithms: tuple[str, ...], fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Runs in a worker: `fn`, if it is the same there. Raises `ClusterUnusable`."""
    if algorithms != ALGORITHMS:
        raise ClusterUnusable(
            f"A worker does not have this version of the program, {__version__}, so its hashes"
            " would not be comparable. Install the same version on all machines."
        )
    return fn(*args, **kwargs)


def _missing_there(error: Exception) -> Exception | None:
    """What could not be imported where a task was unpacked or run."""
    if isinstance(error, ImportError):
        return error
    unpacking = isinstance(error, RuntimeError)  # Dask's own error, which has the real one as cause
    if unpacking and isinstance(error.__cause__, ImportError | AttributeError):
        return error.__cause__
    return None


def _distributed() -> Any:
    try:
        module = importlib.import_module("distributed")
    except ImportError:
        raise UsageError(f"--scheduler needs the extra {EXTRA}: {how_to_install(EXTRA)}") from None
    # it logs what the errors here tell the user
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    return module
