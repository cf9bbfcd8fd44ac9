"""Which videos show the same: candidates, time alignment, registration, verdict, hubs."""

from hydrus_video_deduplicator.matching.comparison import Comparison, compare
from hydrus_video_deduplicator.matching.hubs import Hub, split_hubs
from hydrus_video_deduplicator.matching.match import (
    DEFAULT_THRESHOLD,
    LOOSEST,
    THRESHOLDS,
    Edit,
    Kind,
    Match,
)
from hydrus_video_deduplicator.matching.search import find_matches

__all__ = [
    "DEFAULT_THRESHOLD",
    "LOOSEST",
    "THRESHOLDS",
    "Comparison",
    "Edit",
    "Hub",
    "Kind",
    "Match",
    "compare",
    "find_matches",
    "split_hubs",
]
