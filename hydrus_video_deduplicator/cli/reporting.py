"""The command `report`: where the report goes, and the messages about it."""

import errno
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from hydrus_video_deduplicator.cli.console import PROGRESS_SECONDS
from hydrus_video_deduplicator.cli.lines import Lines
from hydrus_video_deduplicator.cli.opening import (
    connect,
    folder_to_look_at,
    hydrus_library,
    store_to_read,
)
from hydrus_video_deduplicator.cli.terminal import Terminal, log, say
from hydrus_video_deduplicator.errors import UsageError
from hydrus_video_deduplicator.library import Library
from hydrus_video_deduplicator.library.hydrus import Permission
from hydrus_video_deduplicator.report import Report, Wanted, as_csv, as_json, as_page, gather
from hydrus_video_deduplicator.report.gather import Tell
from hydrus_video_deduplicator.settings import Settings
from hydrus_video_deduplicator.stages.events import Failed, FailedAgain
from hydrus_video_deduplicator.stages.pools import ProcessPool
from hydrus_video_deduplicator.stages.unreadable import Unreadable
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Store
from hydrus_video_deduplicator.wording import counted

WRITERS: dict[str, Callable[[Report], str]] = {"html": as_page, "csv": as_csv, "json": as_json}

NAME = "similar-videos"
"""Default name of the file; the format is its suffix."""

STDOUT = Path("-")


def report(settings: Settings, terminal: Terminal) -> int:
    """Write the report, also while a run is at work; returns the exit code."""
    path = settings.output or Path(f"{NAME}.{settings.format}")
    if path != STDOUT:
        check_writable(path)  # before work that would be lost
    with store_to_read(settings.data_dir) as store:
        library: Library
        if settings.folder is not None:
            library = folder_to_look_at(settings.folder, store)
        else:
            connection, _ = connect(settings, {Permission.SEARCH, Permission.EDIT_RELATIONSHIPS})
            library = hydrus_library(connection, settings)
        return _write(path, settings, library, store, terminal)


def _write(
    path: Path, settings: Settings, library: Library, store: Store, terminal: Terminal
) -> int:
    """1 if a file could not be read and that is news, else 0."""
    wanted = Wanted(
        settings.threshold, settings.kinds, settings.limit, pictures=settings.format == "html"
    )
    with ProcessPool(settings.jobs, settings.readers) as pool:
        crew = Crew(pool, settings.file_timeout, memory_limit=settings.file_memory)
        with _progress(terminal) as tell:
            found = gather(wanted, library, store, crew, tell)
        failures = list(_failures(found, library, store, crew))
    text = WRITERS[settings.format](found)
    if path == STDOUT:
        sys.stdout.write(text)
    else:
        write_for_owner(path, text)
    news = [failure for failure in failures if isinstance(failure, Failed)]
    for failed in news:
        log.warning("failed: %s: %s", failed.what, failed.reason)
    if known := len(failures) - len(news):
        say(f"As before, {counted(known, 'file')} could not be read: see the report and status.")
    if found.unreadable:
        videos = counted(found.unreadable, "video")
        say(f"{videos} could not be hashed: the command status says why.")
    if found.to_compare:
        videos = counted(found.to_compare, "video")
        say(f"Not compared yet: {videos}. Run the program to compare them.")
    say(_amount(found))
    if path != STDOUT:
        say(f"Written: {path.resolve()}")
        if settings.json:
            print(json.dumps({"written": str(path.resolve()), "pairs": len(found.pairs)}))
    return 1 if news else 0


def _amount(found: Report) -> str:
    pairs = f"{counted(len(found.pairs), 'pair')} in {counted(len(found.groups), 'group')}"
    identical = sum(len(each.names) - 1 for each in found.identical)
    return f"{pairs}, and {counted(identical, 'identical pair')}." if identical else f"{pairs}."


def _failures(
    found: Report, library: Library, store: Store, crew: Crew
) -> Iterator[Failed | FailedAgain]:
    """What could not be read now, in the library or for the report; as in a run."""
    unreadable = Unreadable(store, library)
    yield from unreadable.find()
    files = {side.file.sha256: side.file for pair in found.pairs for side in pair.sides}
    for file in files.values():
        if file.problem is None:
            unreadable.shown(file.sha256)
        else:
            yield unreadable.not_shown(file.sha256, file.problem)
    yield from unreadable.doubt(library.find(), crew)


def check_writable(path: Path) -> None:
    """Raises `UsageError` if `write_for_owner` could not write there."""
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not _is_special(path):
            tempfile.TemporaryFile(dir=path.resolve().parent).close()
    except OSError as error:
        raise _cannot_write(path, error) from error


def write_for_owner(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all. Raises `UsageError`.

    What a link points to is replaced, not the link; a pipe or a device is written to.
    """
    try:
        if _is_special(path):
            path.write_text(text, encoding="utf-8", newline="")
            return
        path = path.resolve()
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with open(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise _cannot_write(path, error) from error


def _is_special(path: Path) -> bool:
    """Whether it is there and no file, such as a pipe or a device."""
    return path.exists() and not path.is_file()


def _cannot_write(path: Path, error: OSError) -> UsageError:
    return UsageError(f"Cannot write {path}: {error.strerror}. Choose another --output.")


@contextmanager
def _progress(terminal: Terminal) -> Iterator[Tell]:
    """Shows how many files have been looked at: by a bar on a terminal, by lines in a log."""
    if not terminal.is_live:
        lines = Lines(PROGRESS_SECONDS)

        def tell(done: int, of: int) -> None:
            lines.tell(f"{done:,} of {counted(of, 'file')} looked at.", is_end=done == of)

        yield tell
        return
    columns = (TextColumn("Looking at the files"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=terminal.console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
