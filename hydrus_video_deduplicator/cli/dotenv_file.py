"""Keep the API key in `.env`."""

import os
from pathlib import Path

from dotenv import set_key

from hydrus_video_deduplicator.errors import DataDirectoryUnusable

OWNER_ONLY = 0o600


def save_key(path: Path, variable: str, key: str) -> None:
    """Set `variable` in the file at `path`; its other lines stay, and only the owner can read it.

    Raises `DataDirectoryUnusable`.
    """
    try:
        path.touch(mode=OWNER_ONLY)
        os.chmod(path, OWNER_ONLY)
        set_key(path, variable, key, quote_mode="never")
    except OSError as error:
        raise DataDirectoryUnusable(f"Cannot write {path}: {error.strerror}.") from error
