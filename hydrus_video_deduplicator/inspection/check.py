"""Try all that a run needs, and change nothing."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hydrus_video_deduplicator.errors import CallFailed, DeduplicatorError, HydrusGone
from hydrus_video_deduplicator.library import Library
from hydrus_video_deduplicator.library.hydrus import (
    NEEDED,
    Connection,
    Endpoint,
    HydrusLibrary,
    Permission,
    granted_permissions,
)

LEAST_FREE_BYTES = 1_000_000_000
"""Below which the disk of the data directory is called full: 100,000 videos take about 1 GB."""

HOW_TO_TICK = "tick it in Hydrus: services → review services → local → client api → edit the key."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried.

    holds: None where a run goes on without it.
    exit_code: with which a run would end for it.
    """

    what: str
    holds: bool | None
    says: str
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class Services:
    """What of Hydrus a run would use."""

    tag_service: str
    file_service: str | None
    predicates: tuple[str, ...]


def check_data_dir(data_dir: Path) -> Iterator[Finding]:
    """Whether what the program remembers can be written, and has room."""
    here = data_dir
    while not here.exists() and here != here.parent:
        here = here.parent
    if not here.is_dir() or not os.access(here, os.W_OK):
        yield Finding(
            "data directory", False, f"{here} cannot be written: choose another --data-dir.", 9
        )
        return
    yield Finding("data directory", True, str(data_dir))
    free = shutil.disk_usage(here).free
    has_room = free >= LEAST_FREE_BYTES
    yield Finding(
        "disk space",
        True if has_room else None,
        f"{free / 1e9:,.1f} GB free"
        + ("" if has_room else ": little; 100,000 videos take about 1 GB."),
    )


def check_hydrus(endpoint: Endpoint, services: Services) -> Iterator[Finding]:
    """Each step that a run takes before it hashes; what can only fail after another is left out.

    Without an API key, what can be seen without one.
    """
    connection = Connection(endpoint)
    what = "address"
    try:
        release = connection.connect()
        yield Finding(what, True, f"{release} answers at {endpoint.identity}")
        yield _certificate(endpoint)
        if not endpoint.api_key:
            return
        what = "API key"
        granted = granted_permissions(connection)
        yield Finding(what, True, "Hydrus knows it")
        yield from map(_permission, Permission, [p in granted for p in Permission])
        yield Finding(
            "pairs of videos",
            True if release.records_video_pairs else None,
            "this release records them"
            if release.records_video_pairs
            else "this release drops them: update Hydrus; until then, use report or --page.",
        )
        if Permission.SEARCH not in granted:
            return
        what = "services"
        library = HydrusLibrary(
            connection,
            tag_service=services.tag_service,
            file_service=services.file_service,
            predicates=services.predicates,
        )
        yield Finding("tag service", True, f"'{services.tag_service}'")
        what = "query"
        videos = library.find()
        yield Finding(what, True if videos else None, f"finds {len(videos):,} videos")
        what = "files"
        if videos:
            yield _reading(library, videos[0])
    except DeduplicatorError as error:
        yield Finding(what, False, str(error), error.exit_code)
    except (CallFailed, OSError) as error:
        yield Finding(what, False, str(error), HydrusGone.exit_code)


def _certificate(endpoint: Endpoint) -> Finding:
    if endpoint.is_encrypted:
        if endpoint.verify is False:
            return Finding("certificate", None, "not verified (--insecure): use --verify-cert.")
        return Finding("certificate", True, "trusted")
    if endpoint.is_this_machine:
        return Finding("certificate", True, "none needed: http on this machine")
    return Finding("certificate", None, "http to another machine: the key travels in the clear.")


def _permission(permission: Permission, is_granted: bool) -> Finding:
    what = f"may {permission.hydrus_name}"
    if is_granted:
        return Finding(what, True, "yes")
    if permission in NEEDED:
        return Finding(what, False, f"no: {HOW_TO_TICK}", 5)
    if permission is Permission.SEE_LOCAL_PATHS:
        return Finding(what, None, "no: files are read over HTTP, which is slower.")
    return Finding(what, None, "no: only --page needs it.")


def _reading(library: Library, sha256: str) -> Finding:
    """Read the newest video as a worker would."""
    with library.source(sha256).open() as file:
        file.read(1)
    path = next((listing.path for _, listing in library.listings([sha256])), None)
    if path is None:
        return Finding("files", None, "read over HTTP: their paths are not to be had here.")
    return Finding("files", True, f"read from disk, such as {path}")
