"""A Hydrus client as a library, over its Client API alone."""

from hydrus_video_deduplicator.library.hydrus.access import (
    Permission,
    check_permissions,
    request_key,
    wait_until_approved,
)
from hydrus_video_deduplicator.library.hydrus.connection import Connection
from hydrus_video_deduplicator.library.hydrus.endpoint import Endpoint, Patience
from hydrus_video_deduplicator.library.hydrus.library import HydrusLibrary
from hydrus_video_deduplicator.library.hydrus.release import Release
from hydrus_video_deduplicator.library.hydrus.source import HydrusSource

__all__ = [
    "Connection",
    "Endpoint",
    "HydrusLibrary",
    "HydrusSource",
    "Patience",
    "Permission",
    "Release",
    "check_permissions",
    "request_key",
    "wait_until_approved",
]
