"""What cannot be read now: every run tries it again, and names it if that is news."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hydrus_video_deduplicator.library import Library, Source
from hydrus_video_deduplicator.stages.ending import Ending
from hydrus_video_deduplicator.stages.events import Failed, FailedAgain, Of
from hydrus_video_deduplicator.stages.gate import Gate
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Store

READING = "reading from {}"
FINDING = "finding in {}"
"""What such a failure belongs to in place of a version: the library, as another one may have the
file, and whether its hash or, where even that is not known, its name stands for it."""

SHOWING = "showing from {}"
"""The same for a file that a run has hashed, and of which a report could show nothing."""

OTHERS = 3
"""Files that are opened to see whether any can be read: a few, as one or two may be missing too."""


def noted(store: Store, library: Library) -> dict[str, str]:
    """Why each file could not be read when a run last tried, by its hash or else by its name."""
    marks = READING.format(library.identity), FINDING.format(library.identity)
    return {key: why for mark in marks for key, why in store.failures.reasons(mark).items()}


def first_byte(source: Source) -> bytes:
    """Shows that a file can be read. Runs in a worker process."""
    with source.open() as file:
        return file.read(1)


class Unreadable:
    """The files of a library that a run could not read, and those that the last one could not.

    A file that fails for the same reason as in the last run is known: the user has read its name,
    and does not want to read it every night. The same goes for a report.
    """

    def __init__(self, store: Store, library: Library, *, names_all: bool = False) -> None:
        """names_all: nothing counts as known."""
        self._store = store
        self._library = library
        self._known = set() if names_all else set(noted(store, library).items())
        self._failed: set[str] = set()
        self._fails_again = False
        self._has_read = False

    def find(self) -> Iterator[Failed | FailedAgain]:
        """What the library came upon and could not look at."""
        found, mark = self._library.unreadable(), FINDING.format(self._library.identity)
        before = self._store.failures.reasons(mark)
        self._store.failures.drop(mark, before.keys() - found.keys())
        for name, why in found.items():
            yield self._told(mark, name, why, Failed(name, why))

    def fail(self, sha256: str, why: str, what_for: str = "") -> Failed | FailedAgain:
        """A file could not be read. what_for: what it was to be read for, with a colon."""
        self._failed.add(sha256)
        failed = Failed(self._library.label(sha256), f"{what_for}{why}", sha256)
        return self._told(READING.format(self._library.identity), sha256, why, failed)

    def not_shown(self, sha256: str, why: str) -> Failed | FailedAgain:
        """A file could not be shown. No run may ever read it again, so this is noted apart."""
        mark = SHOWING.format(self._library.identity)
        self._known.update(self._store.failures.reasons(mark).items())
        return self._told(mark, sha256, why, Failed(self._library.label(sha256), why, sha256))

    def shown(self, sha256: str) -> None:
        """A file could be shown."""
        self._has_read = True
        self._store.failures.drop(SHOWING.format(self._library.identity), [sha256])

    def has_failed(self, sha256: str) -> bool:
        """Whether this run could not read a file: it need not be tried again, nor named."""
        return sha256 in self._failed

    def read(self, sha256: str) -> None:
        """A file could be read, whatever was in it."""
        self._has_read = True
        self._store.failures.drop(READING.format(self._library.identity), [sha256])

    def doubt(self, videos: Sequence[str], crew: Crew) -> Iterator[Failed]:
        """If only known files were tried, all in vain, the disk may be away: then that is named."""
        if self._has_read or not self._fails_again:
            return
        others = [sha256 for sha256 in videos if sha256 not in self._failed][:OTHERS]
        work = ((sha256, self._library.source(sha256)) for sha256 in others)
        at_once = replace(crew, ending=Ending(), gate=Gate())

        def why_not(sha256: str, outcome: bytes | Exception) -> Exception | None:
            return outcome if isinstance(outcome, Exception) else None

        errors = list(at_once.work_through(first_byte, work, why_not))
        if None not in errors:  # also if there are no others
            why = f": {errors[0]}" if errors else ""
            yield Failed("all files", f"none can be read now{why}", of=Of.RUN)

    def _told(self, mark: str, key: str, why: str, failed: Failed) -> Failed | FailedAgain:
        if (key, why) in self._known:
            self._fails_again = True
            return FailedAgain(failed.what, failed.reason, failed.sha256)
        self._store.failures.add(key, mark, why)
        return failed
