"""What the program writes is for its owner's eyes alone: folders 0700, files 0600.

Windows knows no such modes and ignores them. There a user's profile, where the data directory lies
unless told otherwise, is closed to other users by its access list.
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
    """No file or folder made meanwhile, by this process or those it starts, is for others.

    It covers what SQLite makes beside the store, reports and logs. A decorator too.
    """
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def take_from_others(data_dir: Path) -> None:
    """Close databases in the data directory that were made, or copied there, as open to others.

    Some file systems know no owner; databases there are used nevertheless.
    """
    for path in data_dir.glob("*.sqlite3*"):
        if is_open_to_others(path):
            with suppress(PermissionError):
                path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)


def is_open_to_others(path: Path) -> bool:
    """Whether the mode of an existing file lets anybody but its owner at it; False on Windows."""
    return os.name == "posix" and bool(path.stat().st_mode & OTHERS)
