"""What Hydrus says of its files, for people to look at."""

from __future__ import annotations

import stat
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from hydrus_video_deduplicator.batches import batches
from hydrus_video_deduplicator.errors import FileGone, PermissionMissing
from hydrus_video_deduplicator.library.hydrus import answers
from hydrus_video_deduplicator.library.hydrus.connection import Connection
from hydrus_video_deduplicator.library.hydrus.relationships import HASHES_PER_GET
from hydrus_video_deduplicator.library.hydrus.source import is_on_network
from hydrus_video_deduplicator.library.hydrus.trouble import Refused
from hydrus_video_deduplicator.library.protocol import Listing

CURRENT = "0"
"""The number of the Client API for tags that a file has, as a key in JSON."""


def listings(connection: Connection, files: Collection[str]) -> Iterator[tuple[str, Listing]]:
    """Each of the files that Hydrus has, with what it says about it.

    A path is given if the key may see paths and the file is there on this machine.
    """
    places = _Places(connection)
    for batch in batches(files, HASHES_PER_GET):
        rows = connection.ask(
            "get_file_metadata",
            lambda answer: [
                (answers.sha256(row["hash"]), _listing(row, answer["services"]))
                for row in answer["metadata"]
            ],
            hashes=batch,
            include_services_object=True,
        )
        for sha256, listing in rows:
            if listing is not None:
                yield sha256, replace(listing, path=places.find(sha256, listing.size))


def _listing(row: Any, services: Any) -> Listing | None:
    """What Hydrus says of a file, but for its path; None if it has not got the file."""
    if row.get("size") is None:
        return None
    times = [
        answers.number(service["time_imported"])
        for service in row.get("file_services", {}).get("current", {}).values()
        if service.get("time_imported") is not None
    ]
    tags: set[str] = set()
    for service in row.get("tags", {}).values():
        tags.update(service["storage_tags"].get(CURRENT, []))
    return Listing(
        answers.number(row["size"]),
        float(min(times)) if times else None,
        frozenset(map(str, tags)),
        in_inbox=bool(row.get("is_inbox", False)),
        ratings=dict(_ratings(row.get("ratings", {}), services)),
        urls=tuple(sorted(map(str, row.get("known_urls", [])))),
    )


def _ratings(ratings: Any, services: Any) -> Iterator[tuple[str, str]]:
    """Each rating that the user gave, by the name of its service."""
    for key, value in sorted(ratings.items()):
        if value is not None:
            service = services[key]
            if isinstance(value, bool):
                text = "like" if value else "dislike"
            else:
                most = service.get("max_stars")
                text = str(answers.number(value)) + (f" of {most}" if most else "")
            yield str(service["name"]), text


class _Places:
    """Where files are; stops asking once the key turns out not to permit it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._may_see = True
        self._is_local = connection.endpoint.is_this_machine

    def find(self, sha256: str, size: int) -> Path | None:
        """The path of a file of this size in bytes, if it is on this machine."""
        if not self._may_see:
            return None
        try:
            told = self._connection.ask("get_file_path", _path, hash_=sha256)
            path = Path(told)
            if not path.is_absolute() or (is_on_network(told) and not self._is_local):
                return None
            status = path.stat()
        except PermissionMissing:
            self._may_see = False
            return None
        except (Refused, FileGone, OSError, ValueError):
            return None
        is_there = stat.S_ISREG(status.st_mode) and status.st_size == size
        return path if is_there else None


def _path(answer: Any) -> str:
    if not isinstance(answer["path"], str):
        raise TypeError
    return answer["path"]
