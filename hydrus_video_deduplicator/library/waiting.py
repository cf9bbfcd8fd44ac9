"""Time that passes while the program waits for a library, which is not the file's fault.

The deadline of a worker learns of it here, because the modules that read do not know those that
watch the time.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass


@dataclass
class Wait:
    """For the answer to one call. in_vain: there was none, so the time does not count."""

    in_vain: bool = False


@contextmanager
def _unwatched() -> Iterator[Wait]:
    yield Wait()


class _Watch:
    """That of this process."""

    watch: Callable[[], AbstractContextManager[Wait]] = staticmethod(_unwatched)


def watch_waits(watch: Callable[[], AbstractContextManager[Wait]]) -> None:
    """Wrap every wait of this process in `watch()` from now on."""
    _Watch.watch = staticmethod(watch)


def waiting() -> AbstractContextManager[Wait]:
    """To be held while an answer is waited for."""
    return _Watch.watch()
