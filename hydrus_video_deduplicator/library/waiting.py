"""Time that passes while a library is waited for, which is no fault of the file that is read.

Whoever watches how long a file takes (the worker's deadline) learns of it here, as the rooms that
read know nothing of those that watch.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass


@dataclass
class Wait:
    """For the answer to one call. in_vain: it brought nothing, and is not to be counted."""

    in_vain: bool = False


@contextmanager
def _unwatched() -> Iterator[Wait]:
    yield Wait()


class _Watch:
    """That of this process."""

    watch: Callable[[], AbstractContextManager[Wait]] = staticmethod(_unwatched)


def watch_waits(watch: Callable[[], AbstractContextManager[Wait]]) -> None:
    """Have every wait of this process in `watch()` from now on."""
    _Watch.watch = staticmethod(watch)


def waiting() -> AbstractContextManager[Wait]:
    """To be held while an answer is waited for."""
    return _Watch.watch()
