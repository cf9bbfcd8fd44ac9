"""Only the owner can read what the program writes: folders 0700, files 0600.

Windows has no such modes and ignores them. There, access lists keep other users out of a user's
profile, which holds the data directory by default.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO
"""The permissions of everybody but the owner."""


@contextmanager
def owner_only() -> Iterator[None]:
    """Only the owner can read what this process, or one that it starts, makes meanwhile.

    This covers what SQLite makes beside the store, reports and logs. Also works as a decorator.
    """
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def take_from_others(data_dir: Path) -> None:
    """Take the access of others to databases in the data directory away.

    Some file systems have no owners; databases there are used nevertheless.
    """
    for path in data_dir.glob("*.sqlite3*"):
        if is_open_to_others(path):
            with suppress(PermissionError):
                path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)


def is_open_to_others(path: Path) -> bool:
    """Whether others than its owner have access to an existing file; False on Windows."""
    return os.name == "posix" and bool(path.stat().st_mode & OTHERS)
