"""What a command works on, as the settings name it: a store, and a Hydrus or a folder."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hydrus_video_deduplicator.cli.display import in_bytes
from hydrus_video_deduplicator.cli.lines import Lines
from hydrus_video_deduplicator.cli.owner_only import take_from_others
from hydrus_video_deduplicator.errors import DataDirectoryUnusable, KeyRefused, UsageError
from hydrus_video_deduplicator.library.folder import FolderLibrary
from hydrus_video_deduplicator.library.hydrus import (
    NEEDED,
    Connection,
    Endpoint,
    HydrusLibrary,
    Permission,
    Release,
    check_permissions,
)
from hydrus_video_deduplicator.settings import Settings
from hydrus_video_deduplicator.store import Store, has_store, run_lock

NO_KEY = (
    "No API key is given. To get one, run request-key --save. If you have one, set HYDRUS_API_KEY"
    " in the environment, or in a file .env in the current folder. To try the program without"
    " Hydrus: --folder DIR."
)


TELL_SECONDS = 5.0
"""Seconds between two lines of progress while a folder is read."""


def needed_permissions(settings: Settings) -> frozenset[Permission]:
    """What a key must be allowed for a whole run with these settings."""
    asked_for = {
        Permission.MANAGE_PAGES: settings.page is not None,
        Permission.MANAGE_POPUPS: settings.popup,
    }
    return NEEDED | {permission for permission, is_asked in asked_for.items() if is_asked}


def endpoint(settings: Settings, api_key: str) -> Endpoint:
    """The address of Hydrus, the key, and how its certificate is verified. Raises `UsageError`."""
    verify: bool | str = not settings.insecure
    if settings.verify_cert is not None:
        if settings.insecure:
            raise UsageError("--verify-cert and --insecure do not work together. Leave one out.")
        verify = str(settings.verify_cert)
    return Endpoint(settings.api_url, api_key, verify)


def connect(settings: Settings, needed: Collection[Permission]) -> tuple[Connection, Release]:
    """A connection whose key has the permissions needed."""
    if settings.api_key is None:
        raise KeyRefused(NO_KEY)
    connection = Connection(endpoint(settings, settings.api_key))
    release = connection.connect()
    check_permissions(connection, needed)
    return connection, release


def hydrus_library(connection: Connection, settings: Settings) -> HydrusLibrary:
    """The videos of Hydrus that the settings select."""
    return HydrusLibrary(
        connection,
        tag_service=settings.tag_service,
        file_service=settings.file_service,
        predicates=settings.query,
    )


def folder_to_look_at(folder: Path, store: Store) -> FolderLibrary:
    """The videos of a folder. Keeps nothing; reports its progress if there is much to read."""
    unrelated = store.decisions.unrelated
    library = FolderLibrary(folder, store.file_hashes.find, unrelated=unrelated)
    lines = Lines(TELL_SECONDS)
    for surveyed in library.survey():
        said = f"Reading the files: {in_bytes(surveyed.done)} of {in_bytes(surveyed.total)}."
        lines.tell(said, is_end=surveyed.done == surveyed.total)
    return library


@contextmanager
def store_to_write(data_dir: Path) -> Iterator[Store]:
    """The store, locked for this run. Raises `DataDirectoryUnusable`, `AlreadyRunning`."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        take_from_others(data_dir)
    except OSError as error:
        raise DataDirectoryUnusable(
            f"Cannot use the folder {data_dir}: {error.strerror}. Choose another --data-dir."
        ) from error
    with run_lock(data_dir), Store.open(data_dir) as store:
        yield store


@contextmanager
def store_to_read(data_dir: Path) -> Iterator[Store]:
    """The store, also while a run is at work; an empty one if there is none yet.

    Raises `DataDirectoryUnusable`, also if it is corrupt: reading replaces nothing.
    """
    with (
        TemporaryDirectory() as empty,
        Store.open(data_dir if has_store(data_dir) else Path(empty), replaces=False) as store,
    ):
        yield store
