"""Test everything that a run needs, and change nothing."""

import os
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from hydrus_video_deduplicator.errors import CallFailed, DeduplicatorError, HydrusGone, UsageError
from hydrus_video_deduplicator.extras import how_to_install
from hydrus_video_deduplicator.frames import jpeg_xl
from hydrus_video_deduplicator.library import Library
from hydrus_video_deduplicator.library.folder import FolderLibrary
from hydrus_video_deduplicator.library.hydrus import (
    OPTIONS,
    WITHOUT_VIDEO_PAIRS,
    Connection,
    Endpoint,
    HydrusLibrary,
    Permission,
    check_reach,
    granted_permissions,
)
from hydrus_video_deduplicator.library.hydrus.trouble import Refused
from hydrus_video_deduplicator.library.walking import walk
from hydrus_video_deduplicator.wording import are, counted

LEAST_FREE_BYTES = 1_000_000_000
"""With less, the disk of the data directory counts as full: 100,000 videos take about 1 GB."""

FILES_FAILED = 1
"""The exit code of a run in which only some files failed."""

FILES_TRIED = 5
"""The newest files; a single one may be missing on disk although everything works."""

HOW_TO_TICK = "tick it in Hydrus: services → review services → local → client api → edit the key."


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    holds: None where a run works without it.
    exit_code: of a run if the check fails.
    """

    what: str
    holds: bool | None
    says: str
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class Services:
    """What a run would use of Hydrus."""

    tag_service: str
    file_service: str | None
    predicates: tuple[str, ...]


def check_data_dir(data_dir: Path) -> Iterator[Finding]:
    """Whether the data directory can be written and has room."""
    here = data_dir
    while not here.exists() and here != here.parent:
        here = here.parent
    if not here.is_dir() or not os.access(here, os.W_OK):
        yield Finding(
            "data directory", False, f"{here} is not writable: choose another --data-dir.", 9
        )
        return
    note = "" if data_dir.exists() else " (does not exist yet)"
    yield Finding("data directory", True, f"{data_dir}{note}")
    free = shutil.disk_usage(here).free
    has_room = free >= LEAST_FREE_BYTES
    yield Finding(
        "disk space",
        True if has_room else None,
        f"{free / 1e9:,.1f} GB free"
        + ("" if has_room else ", which is little: 100,000 videos take about 1 GB."),
    )


def check_folder(folder: Path, noted: Callable[[Library], Mapping[str, str]]) -> Finding:
    """Whether the folder and its subfolders can be listed, and have videos.

    noted: gives the reasons for which runs could not read files: such a file fails no later run.
    """
    try:
        library = FolderLibrary(folder)
    except UsageError as error:
        return Finding("folder", False, str(error), error.exit_code)
    found = walk(folder)
    says = f"{counted(len(found.files), 'video file')} in it"
    if not found.unreadable:
        return Finding("folder", True if found.files else None, says)
    failures = {str(path.relative_to(folder)): why for path, why in found.unreadable.items()}
    says = "; ".join([says, *(f"{name}: {why}" for name, why in failures.items())])
    is_known = bool(found.files) and failures.items() <= noted(library).items()
    return Finding("folder", None if is_known else False, says, FILES_FAILED)


def check_formats(*, in_hydrus: bool) -> Iterator[Finding]:
    """Whether formats that need another package can be read."""
    if jpeg_xl.can_decode():
        note = f". {jpeg_xl.STILL_TO_HYDRUS}" if in_hydrus else ""
        yield Finding("JPEG XL", True, f"can be read{note}")
    else:
        command = how_to_install(jpeg_xl.EXTRA)
        yield Finding("JPEG XL", None, f"cannot be read. To read it: {command}.")


def check_hydrus(
    endpoint: Endpoint, services: Services, needed: Collection[Permission]
) -> Iterator[Finding]:
    """Each step of a run before it hashes, up to one without which the next cannot work.

    Without an API key, only what needs none. needed: what the key must be allowed.
    """
    what = "certificate"
    try:
        connection = Connection(endpoint)
        what = "address"
        release = connection.connect()
        yield Finding(what, True, f"{release} answers at {endpoint.address}")
        yield _certificate(endpoint)
        if not endpoint.api_key:
            return
        what = "API key"
        granted = granted_permissions(connection)
        yield Finding(what, True, "Hydrus knows it")
        for permission in Permission:
            yield _permission(permission, permission in granted, permission in needed)
        yield Finding(
            "pairs of videos",
            True if release.records_video_pairs else None,
            "this release records them"
            if release.records_video_pairs
            else f"{release} {WITHOUT_VIDEO_PAIRS}. Until then, use review, report or --page.",
        )
        if Permission.SEARCH not in granted:
            return
        what = "may search all tags"
        check_reach(connection)
        yield Finding(what, True, "yes")
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
        yield _found(len(videos), has_predicates=bool(services.predicates))
        what = "files"
        if videos:
            yield _reading(library, videos[:FILES_TRIED])
    except DeduplicatorError as error:
        yield Finding(what, False, str(error), error.exit_code)
    except (CallFailed, OSError) as error:
        yield Finding(what, False, str(error), HydrusGone.exit_code)


def _certificate(endpoint: Endpoint) -> Finding:
    if endpoint.is_encrypted:
        if endpoint.verify is False:
            return Finding("certificate", None, "not verified (--insecure). Safer: --verify-cert.")
        return Finding("certificate", True, "trusted")
    is_unused = isinstance(endpoint.verify, str)
    note = ". --verify-cert is ignored: it works only with https://." if is_unused else ""
    if endpoint.is_this_machine:
        text = f"none needed: http on this machine{note}"
        return Finding("certificate", None if is_unused else True, text)
    text = f"http to another machine: the key is sent unencrypted{note}"
    return Finding("certificate", None, text)


def _permission(permission: Permission, is_granted: bool, is_needed: bool) -> Finding:
    what = f"may {permission.hydrus_name}"
    if is_granted:
        return Finding(what, True, "yes")
    if is_needed:
        return Finding(what, False, f"no: {HOW_TO_TICK}", 5)
    if permission is Permission.SEE_LOCAL_PATHS:
        return Finding(what, None, "no: the program reads files over HTTP, which is slower.")
    option = OPTIONS[permission].split()[0]
    return Finding(what, None, f"no: only {option} needs it.")


def _found(videos: int, has_predicates: bool) -> Finding:
    if videos:
        return Finding("query", True, f"finds {counted(videos, 'video')}")
    hint = "a mistyped tag finds nothing" if has_predicates else "only files with a duration count"
    return Finding("query", None, f"finds 0 videos: {hint}.")


def _reading(library: Library, newest: Sequence[str]) -> Finding:
    """Read the newest videos as a worker would."""
    unread: dict[str, CallFailed | OSError] = {}
    for sha256 in newest:
        try:
            with library.source(sha256).open() as file:
                file.read(1)
        except (CallFailed, OSError) as error:
            unread[sha256] = error
    if unread:
        holds = False if len(unread) == len(newest) else None
        return Finding("files", holds, _unread(library, unread, len(newest)), FILES_FAILED)
    path = next((listing.path for _, listing in library.listings(newest[:1])), None)
    if path is None:
        return Finding("files", None, "read over HTTP, because their paths are not known here.")
    return Finding("files", True, f"read from disk, such as {path}")


def _unread(library: Library, unread: Mapping[str, CallFailed | OSError], tried: int) -> str:
    names = ", ".join(map(library.label, unread))
    which = names if tried == 1 else f"{len(unread)} of the {tried} newest files ({names})"
    if all(_is_missing(error) for error in unread.values()):
        return (
            f"{which} {are(len(unread))} missing on disk. In Hydrus: database → file maintenance."
        )
    return f"{which} cannot be read: {'; '.join(dict.fromkeys(map(str, unread.values())))}."


def _is_missing(error: Exception) -> bool:
    """Whether Hydrus knows the file but does not have it on its disk."""
    return isinstance(error, Refused) and error.status == HTTPStatus.NOT_FOUND
