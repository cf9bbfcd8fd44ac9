"""Pages of the client's window: where files are put for their user to see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import requests

from hydrus_video_deduplicator.batches import batches
from hydrus_video_deduplicator.errors import NotInHydrus
from hydrus_video_deduplicator.library.hydrus.connection import Connection
from hydrus_video_deduplicator.library.hydrus.relationships import ROWS_PER_POST
from hydrus_video_deduplicator.library.hydrus.trouble import Refused

FILE_SEARCH = 6
"""The number of the Client API for a page of files."""

NEW_PAGE = "/manage_pages/new_page"


class HydrusPages:
    """The pages of a Hydrus client, found by their names; the key needs to manage pages."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def show(self, name: str, files: Sequence[str]) -> None:
        """Append files, in their order, to the page of that name, made if there is none.

        A file that is on the page already stays where it is; of several pages of the name, the
        first is taken. Raises `NotInHydrus` if Hydrus is too old to make pages (before v676).
        """
        page = self._found(name) or self._made(name)
        for batch in batches(files, ROWS_PER_POST):
            self._connection.tell("add_files_to_page", page_key=page, hashes=batch)

    def _found(self, name: str) -> str | None:
        pages = self._connection.ask("get_pages", lambda answer: list(_pages(answer["pages"])))
        return next((key for title, key in pages if title == name), None)

    def _made(self, name: str) -> str:
        try:
            return self._connection.post(
                NEW_PAGE,
                lambda answer: str(answer["page_key"]),
                page_type=FILE_SEARCH,
                page_name=name,
                focus_page=False,
            )
        except Refused as refusal:
            if refusal.status != requests.codes.not_found:
                raise
        raise NotInHydrus(
            "This Hydrus is too old to let programs make pages. Make one yourself: pages → new page"
            f" → file search. Rename it '{name}' and run again."
        )


def _pages(page: Any) -> Iterator[tuple[str, str]]:
    """Name and key of each file page in a page of pages."""
    if page["page_type"] == FILE_SEARCH:
        yield page["name"], page["page_key"]
    for inner in page.get("pages", ()):
        yield from _pages(inner)
