"""SIGTERM, which service managers send, ends the program cleanly, as Ctrl+C does."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

TERMINATED = 143
"""Exit code after SIGTERM, as shells know it."""


class Terminated(KeyboardInterrupt):
    """SIGTERM has come."""


@contextmanager
def heeding_sigterm() -> Iterator[None]:
    """Raise `Terminated` in the main thread, which alone can hear of signals."""
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(number: int, frame: FrameType | None) -> None:
    raise Terminated
