"""Where the videos come from and where the pairs go.

The pipeline knows only the `Library` protocol. `hydrus` implements it over the Hydrus Client API,
`folder` over a plain folder of videos.
"""

from hydrus_video_deduplicator.library.protocol import (
    Extent,
    Library,
    Listing,
    Pair,
    PairStatus,
    Source,
    Surveyed,
    pair_of,
)

__all__ = ["Extent", "Library", "Listing", "Pair", "PairStatus", "Source", "Surveyed", "pair_of"]
