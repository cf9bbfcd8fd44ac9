"""The commands that change nothing: `status`, `check`, `explain`."""

import os
from collections.abc import Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from hydrus_video_deduplicator.cli import showing
from hydrus_video_deduplicator.cli.opening import (
    NO_KEY,
    connect,
    endpoint,
    folder_to_look_at,
    hydrus_library,
    needed_permissions,
    store_to_read,
)
from hydrus_video_deduplicator.cli.terminal import log
from hydrus_video_deduplicator.errors import (
    DataDirectoryUnusable,
    DeduplicatorError,
    KeyRefused,
    UsageError,
)
from hydrus_video_deduplicator.inspection.check import (
    Finding,
    Services,
    check_data_dir,
    check_folder,
    check_formats,
    check_hydrus,
)
from hydrus_video_deduplicator.inspection.explain import explain
from hydrus_video_deduplicator.inspection.naming import find_file
from hydrus_video_deduplicator.inspection.outcome import ON_DISK
from hydrus_video_deduplicator.inspection.status import take_stock
from hydrus_video_deduplicator.library import Library
from hydrus_video_deduplicator.library.hydrus import HydrusLibrary, Permission
from hydrus_video_deduplicator.settings import Settings
from hydrus_video_deduplicator.stages.cluster import Cluster
from hydrus_video_deduplicator.stages.unreadable import noted
from hydrus_video_deduplicator.wording import counted


def check(settings: Settings) -> int:
    """Test everything that a run needs; returns the exit code with which a run would end."""
    return showing.show_findings(_findings(settings), settings.json)


def status(settings: Settings) -> int:
    """Show the progress; without Hydrus, what is known here."""
    library: Library | None
    places = showing.places_of(settings.data_dir, settings.log_file, Path(".env"))
    with store_to_read(settings.data_dir) as store:
        if settings.folder is not None:
            library = folder_to_look_at(settings.folder, store)
        else:
            library = _hydrus_if_it_answers(settings)
            places |= {} if library is None else {"Hydrus": settings.api_url}
        stock = take_stock(store, library, settings.threshold, settings.kinds)
    showing.show_status(stock, places, settings.json)
    return 0


def explain_pair(settings: Settings, given: Mapping[str, Any]) -> int:
    """Say what becomes of the pair `file_a`, `file_b` that was given, and why."""
    texts = given["file_a"], given["file_b"]
    folder = settings.folder
    if folder is None and settings.api_key is None and all(map(os.path.isfile, texts)):
        raise KeyRefused(f"No API key is given, so Hydrus cannot be asked. {ON_DISK}")
    with store_to_read(settings.data_dir) as store:
        library: Library = _hydrus(settings) if folder is None else folder_to_look_at(folder, store)
        by_id = library.hash_of if isinstance(library, HydrusLibrary) else None
        videos = cache(lambda: frozenset(library.find()))
        a, b = (
            find_file(text, store, videos, folder=folder or Path(), by_id=by_id) for text in texts
        )
        if a == b:
            raise UsageError("Both files have the same bytes: there is nothing to compare.")
        explanation = explain(
            a, b, store, library, videos, threshold=settings.threshold, kinds=settings.kinds
        )
    names = [_name(text, library, file) for text, file in zip(texts, (a, b), strict=True)]
    showing.show_explanation(explanation, names, settings.json)
    return 0


def _name(text: str, library: Library, sha256: str) -> str:
    """What the user calls the file, and what messages call it if that is something else."""
    label = library.label(sha256)
    if sha256.startswith(text.lower()):
        return label
    return text if label in text else f"{text} ({label})"


def _hydrus(settings: Settings) -> HydrusLibrary:
    connection, _ = connect(settings, {Permission.SEARCH, Permission.EDIT_RELATIONSHIPS})
    return hydrus_library(connection, settings)


def _hydrus_if_it_answers(settings: Settings) -> HydrusLibrary | None:
    try:
        return _hydrus(settings)
    except DeduplicatorError as error:
        log.warning("Hydrus cannot be asked: %s", error)
        log.warning("This is what is stored here:")
        return None


def _findings(settings: Settings) -> Iterator[Finding]:
    yield from check_data_dir(settings.data_dir)
    yield from check_formats(in_hydrus=settings.folder is None)
    if settings.folder is not None:
        yield check_folder(settings.folder, partial(_noted, settings.data_dir))
        return
    yield from _findings_of_hydrus(settings)
    if settings.scheduler is not None:
        try:
            with Cluster(settings.scheduler) as cluster:
                yield Finding(
                    "scheduler", True, f"answers, with {counted(cluster.slots(), 'worker')}"
                )
        except DeduplicatorError as error:
            yield Finding("scheduler", False, str(error), error.exit_code)


def _noted(data_dir: Path, library: Library) -> Mapping[str, str]:
    """Why runs could not read some files; nothing if that cannot be told."""
    try:
        with store_to_read(data_dir) as store:
            return noted(store, library)
    except DataDirectoryUnusable:  # that is a finding of its own
        return {}


def _findings_of_hydrus(settings: Settings) -> Iterator[Finding]:
    services = Services(settings.tag_service, settings.file_service, settings.query)
    try:
        where = endpoint(settings, settings.api_key or "")
    except KeyRefused as error:  # without the key, the address can still be tried
        yield Finding("API key", False, str(error), error.exit_code)
        where = endpoint(settings, "")
    except UsageError as error:
        yield Finding("certificate", False, str(error), error.exit_code)
        return
    yield from check_hydrus(where, services, needed_permissions(settings))
    if settings.api_key is None:
        yield Finding("API key", False, NO_KEY, KeyRefused.exit_code)
