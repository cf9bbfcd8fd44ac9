"""The file `.env`: the settings in it, and the API key with its address."""

import logging
import os
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values, set_key

from hydrus_video_deduplicator.cli.owner_only import is_open_to_others
from hydrus_video_deduplicator.errors import DataDirectoryUnusable, UsageError

log = logging.getLogger(__name__)

OWNER_ONLY = 0o600


def read_dotenv(path: Path, secret: str) -> dict[str, str | None]:
    """The variables in the file at `path`, or none if there is no file. Raises `UsageError`.

    Warns if other users can read the variable `secret` there.
    """
    try:
        variables = dotenv_values(path, interpolate=False)
        if variables.get(secret) and is_open_to_others(path):
            log.warning(
                "Other users of this machine can read the API key in %s. To keep it private:"
                " chmod 600 %s",
                path.resolve(),
                path,
            )
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"Cannot read {path.resolve()}: {error}.") from error
    return variables


def check_writable(path: Path) -> None:
    """Raises `DataDirectoryUnusable` if `save_dotenv` could not write there."""
    if not os.access(path if path.exists() else path.resolve().parent, os.W_OK):
        raise _cannot_write(path)


def save_dotenv(path: Path, variables: Mapping[str, str]) -> None:
    """Set variables in the file at `path`; its other lines stay, and only the owner can read it.

    Raises `DataDirectoryUnusable`.
    """
    try:
        path.touch(mode=OWNER_ONLY)
        os.chmod(path, OWNER_ONLY)
        for variable, value in variables.items():
            set_key(path, variable, value, quote_mode="auto")
    except OSError as error:
        raise _cannot_write(path) from error


def _cannot_write(path: Path) -> DataDirectoryUnusable:
    return DataDirectoryUnusable(
        f"Cannot write {path.resolve()}. Start the program in a folder that you can write to."
    )
