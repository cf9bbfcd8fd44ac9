"""Which videos show the same: candidates, time alignment, registration, verdict, hubs."""

from hydrus_video_deduplicator.matching.candidates import find_candidates
from hydrus_video_deduplicator.matching.comparison import Comparison
from hydrus_video_deduplicator.matching.following import leading, unsettled
from hydrus_video_deduplicator.matching.hits import HYPOTHESES, Candidates, NamedPair
from hydrus_video_deduplicator.matching.hubs import Hub, split_hubs
from hydrus_video_deduplicator.matching.index import Scale
from hydrus_video_deduplicator.matching.search import find_matches, followed, judged, named
from hydrus_video_deduplicator.matching.sketch import VERSION as SKETCHING
from hydrus_video_deduplicator.matching.sketch import Sketch, Sketches, listed_in
from hydrus_video_deduplicator.matching.slices import MOST_SLICED, find_slices
from hydrus_video_deduplicator.matching.verdict import compare
from hydrus_video_deduplicator.matching.video import VIDEOS_KEPT, Video

__all__ = [
    "HYPOTHESES",
    "MOST_SLICED",
    "SKETCHING",
    "VIDEOS_KEPT",
    "Candidates",
    "Comparison",
    "Hub",
    "NamedPair",
    "Scale",
    "Sketch",
    "Sketches",
    "Video",
    "compare",
    "find_candidates",
    "find_matches",
    "find_slices",
    "followed",
    "judged",
    "leading",
    "listed_in",
    "named",
    "split_hubs",
    "unsettled",
]
