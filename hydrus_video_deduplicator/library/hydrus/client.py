"""What the client says of itself."""

from __future__ import annotations

from hydrus_video_deduplicator.library.hydrus.connection import Connection
from hydrus_video_deduplicator.library.hydrus.trouble import Refused

CLIENT_INFO = "/client_info"
"""Since v672."""


def is_idle(connection: Connection) -> bool | None:
    """Whether the client is idle by its own options; None if it is too old to tell.

    One attempt. Raises `CallFailed`.
    """
    try:
        return connection.attempt(CLIENT_INFO, lambda answer: bool(answer["currently_idle"]))
    except Refused:
        return None


def boot(connection: Connection) -> str:
    """Which start of the client answers; empty if it is too old to tell. As `is_idle`."""
    try:
        return connection.attempt(CLIENT_INFO, lambda answer: str(answer["boot_id"]))
    except Refused:
        return ""
