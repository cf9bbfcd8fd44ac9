"""A Hydrus client as a library, over its Client API alone."""

from hydrus_video_deduplicator.library.hydrus.access import (
    NEEDED,
    OPTIONS,
    Permission,
    check_permissions,
    check_reach,
    granted_permissions,
    request_key,
    wait_until_approved,
)
from hydrus_video_deduplicator.library.hydrus.client import is_idle
from hydrus_video_deduplicator.library.hydrus.connection import Connection
from hydrus_video_deduplicator.library.hydrus.endpoint import Endpoint, Patience
from hydrus_video_deduplicator.library.hydrus.library import HydrusLibrary
from hydrus_video_deduplicator.library.hydrus.pages import HydrusPages
from hydrus_video_deduplicator.library.hydrus.popups import Card, HydrusPopup, Wish
from hydrus_video_deduplicator.library.hydrus.release import WITHOUT_VIDEO_PAIRS, Release
from hydrus_video_deduplicator.library.hydrus.source import HydrusSource

__all__ = [
    "NEEDED",
    "OPTIONS",
    "WITHOUT_VIDEO_PAIRS",
    "Card",
    "Connection",
    "Endpoint",
    "HydrusLibrary",
    "HydrusPages",
    "HydrusPopup",
    "HydrusSource",
    "Patience",
    "Permission",
    "Release",
    "Wish",
    "check_permissions",
    "check_reach",
    "granted_permissions",
    "is_idle",
    "request_key",
    "wait_until_approved",
]
