"""Every error that ends a run: one root, each with its message and exit code.

The command line catches `DeduplicatorError` in one place, prints the message and exits with the
code. A message says what happened and what to do next, never contains the API key, and passes no
terminal escape sequence from Hydrus on. The README's table of exit codes is
tested against this module.
"""

from typing import ClassVar

from hydrus_video_deduplicator.untrusted import printable


class DeduplicatorError(Exception):
    """The run could not go on."""

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


class UsageError(DeduplicatorError):
    """An option, an environment variable or a line of `.env` cannot be used."""

    exit_code = 2


class CannotConnect(DeduplicatorError):
    """No Hydrus Client API answers at the address."""

    exit_code = 3


class KeyRefused(DeduplicatorError):
    """The API key is missing or malformed, Hydrus refuses it, or you did not approve it in time."""

    exit_code = 4


class PermissionMissing(DeduplicatorError):
    """The API key lacks a permission that the run needs."""

    exit_code = 5


class NotInHydrus(DeduplicatorError):
    """Hydrus has no such service, cannot read a predicate, or is a release that cannot do this."""

    exit_code = 6


class HydrusGone(DeduplicatorError):
    """Hydrus stopped answering or failed during the run; finished work is kept."""

    exit_code = 7


class AlreadyRunning(DeduplicatorError):
    """Another run is using the same data directory."""

    exit_code = 8


class DataDirectoryUnusable(DeduplicatorError):
    """The data directory cannot be read or written."""

    exit_code = 9


class ClusterUnusable(DeduplicatorError):
    """No Dask scheduler answers, it went away, or its workers lack something they need."""

    exit_code = 10


class NotAwaited(DeduplicatorError):
    """Hydrus is not waiting for a key request: its dialog must be open."""

    exit_code = 11


class CallFailed(Exception):
    """One call to the library failed after its retries: its file or batch is set aside.

    It does not end the run, so it is not a `DeduplicatorError`.
    """

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


class FileGone(CallFailed):
    """The file was deleted after it was found: nothing is wrong."""


class UnreadableVideo(Exception):
    """No picture of the file could be decoded. The message is the reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(printable(reason))


class NoMovingPicture(UnreadableVideo):
    """A file that is not a video, such as sound with a cover: nothing is wrong with it."""


class LimitReached(UnreadableVideo):
    """A file that needs more than its limit: with a higher limit it may be readable.

    memory: the limit in MiB; seconds: the limit of time. Only the one that was reached is given.
    """

    def __init__(
        self, reason: str, *, memory: int | None = None, seconds: float | None = None
    ) -> None:
        super().__init__(reason)
        self.memory = memory
        self.seconds = seconds
