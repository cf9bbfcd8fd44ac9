"""A popup in the window of the client: it shows how far a run is, and its user can end it there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar
from uuid import uuid4

import requests

from hydrus_video_deduplicator.errors import CallFailed
from hydrus_video_deduplicator.library.hydrus.calls import in_words
from hydrus_video_deduplicator.library.hydrus.client import boot
from hydrus_video_deduplicator.library.hydrus.connection import Connection
from hydrus_video_deduplicator.library.hydrus.trouble import Refused

T = TypeVar("T")

GET = "/manage_popups/get_popups"
ADD = "/manage_popups/add_popup"
UPDATE = "/manage_popups/update_popup"
FINISH = "/manage_popups/finish_popup"
FINISH_AND_DISMISS = "/manage_popups/finish_and_dismiss_popup"

Gauge = tuple[int, int]
"""How much is done, and of how much."""


class Wish(Enum):
    """What the user of the client wants of a run."""

    GO_ON = "go on"
    PAUSE = "pause"
    CANCEL = "cancel"


@dataclass(frozen=True)
class Card:
    """What a popup shows, from top to bottom.

    files: behind a button with the label, if there are any.
    """

    text: str
    gauge: Gauge | None = None
    more: str | None = None
    files: Sequence[str] = ()
    label: str = ""

    def as_arguments(self) -> dict[str, object]:
        """The arguments of a call. What is None is removed from the popup."""
        shown: dict[str, object] = {
            "status_text_1": self.text,
            "popup_gauge_1": self.gauge,
            "status_text_2": self.more,
        }
        if self.files:
            shown |= {"hashes": list(self.files), "files_label": self.label}
        return shown


class HydrusPopup:
    """One popup, which can be paused and cancelled; the key needs to manage popups.

    Each call is made once, and raises `CallFailed`.
    """

    def __init__(self, connection: Connection, title: str) -> None:
        """Make no call yet."""
        self._connection = connection
        self._title = title
        self._mark: dict[str, str] = {}
        self._is_begun = False
        self._is_known = False
        self._key = ""
        self._boot = ""
        self._cancelled = ""

    def show(self, card: Card) -> Wish:
        """Show the card, in a new popup if there is none; returns what the user wants.

        Hydrus cancels all popups when it shuts down, also those that are made then. So a cancel is
        that of its user if a new popup, which takes the place of the cancelled one, is not.
        """
        wish = self._updated(card) if self._is_there() else None
        if wish is Wish.CANCEL:
            self._cancelled, wish = self._key, None
        if wish is None:
            self._add(card)
        if not self._cancelled:
            return wish or Wish.GO_ON
        with suppress(CallFailed):  # its user may have dismissed it
            self._call(FINISH_AND_DISMISS, {"job_status_key": self._cancelled}, _nothing)
        self._cancelled = ""
        return Wish.CANCEL

    def _updated(self, card: Card) -> Wish | None:
        """What the user wants; None if Hydrus was restarted, and the popup is gone."""
        arguments = {"job_status_key": self._key} | card.as_arguments()
        try:
            wish = self._call(UPDATE, arguments, _wish)
        except Refused as refusal:
            if refusal.status != requests.codes.bad_request:
                raise
            if not self._boot or boot(self._connection) != self._boot:
                return None
            if not self._is_known:  # a busy Hydrus takes seconds to show what was added
                raise
            return Wish.CANCEL  # which can be dismissed, perhaps between two updates
        self._is_known = True
        return wish

    def finish(self, card: Card, dismiss_after: int | None = None) -> None:
        """Show the last card and let the user dismiss it; it goes after so many seconds, if given.

        A popup that can be cancelled stays until that is done.
        """
        if not self._is_there():
            return
        key = {"job_status_key": self._key}
        self._call(UPDATE, key | card.as_arguments(), _nothing)
        if dismiss_after is None:
            self._call(FINISH, key, _nothing)
        else:
            self._call(FINISH_AND_DISMISS, key | {"seconds": dismiss_after}, _nothing)

    def _is_there(self) -> bool:
        """Whether there is a popup, even if the answer that said so was lost."""
        if self._is_begun and not self._key:
            self._key = self._call(GET, None, self._key_in)
        return bool(self._key)

    def _key_in(self, answer: Any) -> str:
        ours = (each for each in answer["job_statuses"] if each.get("api_data") == self._mark)
        return next((str(each["key"]) for each in ours), "")

    def _add(self, card: Card) -> None:
        """Make a popup. Raises `CallFailed` if Hydrus is shutting down, too."""
        before, self._boot = self._boot, boot(self._connection)
        if self._boot != before:
            self._cancelled = ""  # that was a shutdown, which is over
        self._mark = {"run": uuid4().hex}
        how: dict[str, object] = {"is_cancellable": True, "is_pausable": True}
        how |= {"status_title": self._title, "api_data": self._mark}
        self._is_begun, self._is_known, self._key = True, False, ""
        shown = {name: value for name, value in card.as_arguments().items() if value is not None}
        self._key, wish = self._call(ADD, how | shown, lambda answer: (_key(answer), _wish(answer)))
        if wish is Wish.CANCEL:
            raise CallFailed(f"{in_words(ADD)}: Hydrus is shutting down")

    def _call(self, path: str, body: Mapping[str, object] | None, read: Callable[[Any], T]) -> T:
        return self._connection.attempt(path, read, body)


def _key(answer: Any) -> str:
    return str(answer["job_status"]["key"])


def _wish(answer: Any) -> Wish:
    status = answer["job_status"]
    if status["is_cancelled"]:
        return Wish.CANCEL
    return Wish.PAUSE if status["is_paused"] else Wish.GO_ON


def _nothing(answer: Any) -> None:
    """The answer does not matter."""
