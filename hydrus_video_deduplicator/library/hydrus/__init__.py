"""A Hydrus client as a library, over its Client API alone."""

from hydrus_video_deduplicator.library.hydrus.access import (
    NEEDED,
    Permission,
    check_permissions,
    granted_permissions,
    request_key,
    wait_until_approved,
)
from hydrus_video_deduplicator.library.hydrus.connection import Connection
from hydrus_video_deduplicator.library.hydrus.endpoint import Endpoint, Patience
from hydrus_video_deduplicator.library.hydrus.library import HydrusLibrary
from hydrus_video_deduplicator.library.hydrus.pages import HydrusPages
from hydrus_video_deduplicator.library.hydrus.release import WITHOUT_VIDEO_PAIRS, Release
from hydrus_video_deduplicator.library.hydrus.source import HydrusSource

__all__ = [
    "NEEDED",
    "WITHOUT_VIDEO_PAIRS",
    "Connection",
    "Endpoint",
    "HydrusLibrary",
    "HydrusPages",
    "HydrusSource",
    "Patience",
    "Permission",
    "Release",
    "check_permissions",
    "granted_permissions",
    "request_key",
    "wait_until_approved",
]
