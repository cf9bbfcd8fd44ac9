"""Where the videos come from and where the pairs go.

The pipeline knows only the `Library` protocol. `hydrus` implements it over the Hydrus Client API,
`folder` over a plain folder of videos.
"""

from hydrus_video_deduplicator.library.protocol import (
    Extent,
    Judgement,
    Library,
    Listing,
    Pair,
    PairStatus,
    Relation,
    Source,
    Surveyed,
    pair_of,
)

__all__ = [
    "Extent",
    "Judgement",
    "Library",
    "Listing",
    "Pair",
    "PairStatus",
    "Relation",
    "Source",
    "Surveyed",
    "pair_of",
]
