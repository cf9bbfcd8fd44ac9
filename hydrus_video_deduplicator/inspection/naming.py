"""Which file the user means."""

import hashlib
import os
import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.errors import UsageError
from hydrus_video_deduplicator.signature import file_of
from hydrus_video_deduplicator.stages.hashing import ATTEMPT
from hydrus_video_deduplicator.store import Store

LEAST_DIGITS = 8
"""Of a hash that is told by its start; two files of a million have the same first 8 by chance once
in a hundred libraries, and then it is said."""

HASH_FORM = re.compile(r"[0-9a-f]{8,64}")
WHOLE_HASH = 64

Videos = Callable[[], Collection[str]]
"""Asks for the videos that a run looks at: in a large library that takes a while."""


def find_file(
    text: str,
    store: Store,
    videos: Videos,
    *,
    folder: Path = Path(),
    by_id: Callable[[int], str | None] | None = None,
) -> str:
    """The SHA-256 of the file that the user means. Raises `UsageError`.

    text: a path, here or within `folder`; a hash or its start; or a file id, if there is `by_id`.
    """
    for path in (folder / text, Path(text).expanduser()):
        if os.path.isfile(path):
            return _hash_of(path)
    digits = text.strip().lower().removeprefix("file ")
    if len(digits) == WHOLE_HASH and HASH_FORM.fullmatch(digits):
        return digits
    is_number = digits.isdecimal()
    if is_number and by_id is not None and (sha256 := by_id(int(digits))):
        return sha256
    if HASH_FORM.fullmatch(digits):
        return _completed(digits, store, videos)
    if is_number and by_id is not None:
        raise UsageError(f"Hydrus has no file with the id {digits}, and no file here is called so.")
    a_hash = f"a hash (at least {LEAST_DIGITS} digits of it)"
    others = f", {a_hash} nor a file id" if by_id is not None else f" nor {a_hash}"
    raise UsageError(f"'{text}' is neither an existing file{others}.")


def _hash_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error


def _completed(start: str, store: Store, videos: Videos) -> str:
    for files in _known(store, videos):
        fitting = {file_of(name) for name in files if name.startswith(start)}
        if len(fitting) == 1:
            return fitting.pop()
        if fitting:
            raise UsageError(f"More than one file's hash starts with {start}. Give more digits.")
    raise UsageError(
        f"No known file, and none that a run finds, has a hash that starts with {start}. Give all "
        f"{WHOLE_HASH} digits."
    )


def _known(store: Store, videos: Videos) -> Iterator[Collection[str]]:
    """Where to look for a file, one after the other."""
    failures = store.failures
    unhashed = failures.reasons(ATTEMPT).keys() | failures.no_videos(ATTEMPT).keys()
    yield store.signatures.files(signature.ALGORITHM) | unhashed
    yield videos()  # those that could not be read are nowhere else
