"""How much time and memory of its worker a file may take."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from hydrus_video_deduplicator.errors import LimitReached
from hydrus_video_deduplicator.library import Source
from hydrus_video_deduplicator.stages import deadlines

S = TypeVar("S", bound=Source)
T = TypeVar("T")

MEBIBYTE = 1 << 20
"""Bytes."""


def within_limits(task: Callable[[S], T], source: S, seconds: float, mebibytes: int | None) -> T:
    """The result of the task. Runs in a worker, which ends itself after so many seconds.

    mebibytes: of memory beyond what the worker has, for one that does one file at a time; None for
        no limit. Raises `LimitReached` if it is not enough.
    """
    with deadlines.one_in(seconds):
        if mebibytes is None:
            return task(source)
        try:
            with _more_memory(mebibytes):
                return task(source)
        except MemoryError as error:
            raise LimitReached(
                f"needs more than {mebibytes} MiB of memory; --file-memory raises the limit",
                memory=mebibytes,
            ) from error


@contextmanager
def _more_memory(mebibytes: int) -> Iterator[None]:
    """A request for more fails, as if the machine had no more: only Linux can do that.

    Elsewhere, the size of the pictures bounds the memory (`containers.MOST_PIXELS`).
    """
    if sys.platform != "linux":
        yield
        return
    import resource  # noqa: PLC0415  there is none on Windows

    # RLIMIT_DATA counts what the process can write to: RLIMIT_AS would count its libraries too,
    # and the files that it maps.
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    most = pages * resource.getpagesize() + mebibytes * MEBIBYTE
    bounds = [limit for limit in (most, soft) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(bounds), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
