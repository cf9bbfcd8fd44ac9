"""The API key: what it may do, and how to get one."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from enum import IntEnum
from typing import Any

import requests

from hydrus_video_deduplicator.errors import (
    KeyRefused,
    NotAwaited,
    PermissionMissing,
)
from hydrus_video_deduplicator.library.hydrus import answers
from hydrus_video_deduplicator.library.hydrus.connection import Connection
from hydrus_video_deduplicator.library.hydrus.endpoint import API_KEY_FORM
from hydrus_video_deduplicator.library.hydrus.trouble import Refused

NAME_IN_HYDRUS = "hydrus video deduplicator"
"""What the key is called in Hydrus' list of keys."""

POLL_SECONDS = 1.0
"""Between two checks whether the user has approved a key."""

APPROVAL_SECONDS = 600.0
"""For the user to approve a key, who may be called away from the dialog."""


class Permission(IntEnum):
    """The permissions of a key that matter here, by their numbers in the Client API."""

    EDIT_TAGS = 2
    SEARCH = 3
    MANAGE_PAGES = 4
    EDIT_RELATIONSHIPS = 8
    MANAGE_POPUPS = 10
    SEE_LOCAL_PATHS = 13

    @property
    def hydrus_name(self) -> str:
        """What the dialogs of Hydrus call it."""
        return _NAMES[self]


_NAMES = {
    Permission.EDIT_TAGS: "edit file tags",
    Permission.SEARCH: "search for and fetch files",
    Permission.MANAGE_PAGES: "manage pages",
    Permission.EDIT_RELATIONSHIPS: "edit file relationships",
    Permission.MANAGE_POPUPS: "manage popups",
    Permission.SEE_LOCAL_PATHS: "see local file paths",
}


OPTIONS = {Permission.MANAGE_PAGES: " --page NAME", Permission.MANAGE_POPUPS: " --popup"}
"""Of `request-key`, for the permissions that it requests only then."""


def check_permissions(connection: Connection, wanted: Collection[Permission]) -> None:
    """See that the key may do all that is wanted.

    Raises `PermissionMissing` naming each permission that is missing, or `KeyRefused`.
    """
    granted = connection.ask("verify_access_key", _granted)
    if granted is None:
        return
    missing = [permission for permission in sorted(wanted) if permission not in granted]
    if missing:
        names = ", ".join(permission.hydrus_name for permission in missing)
        options = "".join(option for of, option in OPTIONS.items() if of in missing)
        raise PermissionMissing(
            f"The API key lacks: {names}. Tick {'it' if len(missing) == 1 else 'them'} in Hydrus:"
            " services → review services → local → client api → edit the key; or get a new key with"
            f" request-key{options} --save."
        )


def check_reach(connection: Connection) -> None:
    """See that the key may search all files: Hydrus lets its user limit a key to some tags.

    Raises `PermissionMissing`. No key of all permissions is limited.
    """
    connection.ask(
        "search_files", answers.file_ids, tags=["system:limit=1"], include_pending_tags=False
    )


def granted_permissions(connection: Connection) -> frozenset[Permission]:
    """What the key may do. Raises `KeyRefused`."""
    granted = connection.ask("verify_access_key", _granted)
    return frozenset(p for p in Permission if granted is None or p in granted)


NEEDED = frozenset({Permission.SEARCH, Permission.EDIT_TAGS, Permission.EDIT_RELATIONSHIPS})
"""What a key must have for all that is done without an option."""


def request_key(connection: Connection, needed: Collection[Permission] = NEEDED) -> str:
    """A new key with just the permissions that we use; it is void until the user approves it.

    It asks for local paths too, which help wherever they are allowed.

    The connection needs no key of its own. Hydrus answers 409 while its dialog for this is not
    open: `NotAwaited` says where it is.
    """
    try:
        return connection.ask(
            "request_new_permissions",
            _key,
            name=NAME_IN_HYDRUS,
            permissions=sorted({*map(int, needed), int(Permission.SEE_LOCAL_PATHS)}),
            permits_everything=False,
        )
    except Refused as refusal:
        if refusal.status != requests.codes.conflict:
            raise
    raise NotAwaited(
        "Hydrus is not waiting for a request. In Hydrus, open services → review services → local →"
        " client api → add → from api request. Leave that dialog open and run this again."
    )


def wait_until_approved(
    connection: Connection,
    needed: Collection[Permission] = NEEDED,
    *,
    poll: float = POLL_SECONDS,
    timeout: float = APPROVAL_SECONDS,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> None:
    """Return when the key of the connection is approved; times in seconds.

    Raises `KeyRefused` if it is not in time, and `PermissionMissing` if the user approved it
    without a permission that the program needs.
    """
    end = now() + timeout
    while True:
        try:
            check_permissions(connection, needed)
        except KeyRefused:
            if now() >= end:
                raise KeyRefused(
                    f"The key was not approved within {timeout:.0f} seconds. Run request-key again"
                    " and press apply in the dialog of Hydrus."
                ) from None
        else:
            return
        sleep(poll)


def _granted(answer: Any) -> frozenset[int] | None:
    """The numbers of the permissions; None if the key permits everything."""
    if answer["permits_everything"] is True:
        return None
    return frozenset(int(number) for number in answer["basic_permissions"])


def _key(answer: Any) -> str:
    key = answer["access_key"]
    if not API_KEY_FORM.fullmatch(key):
        raise ValueError
    return str(key)
