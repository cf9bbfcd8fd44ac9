"""Candidates: pairs of videos with frames of like perceptual hash, and how they might lie.

The pipeline: sketches → hits → candidates that enough of them vote for → those that the whole
sketches confirm.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.matching.confirmation import IN_LARGE, IN_SMALL, confirmed
from hydrus_video_deduplicator.matching.hits import (
    MOST_VIDEOS,
    Candidates,
    Hits,
    Search,
    elected,
    scale_of,
)
from hydrus_video_deduplicator.matching.index import Scale
from hydrus_video_deduplicator.matching.sketch import Sketches

LEAST_IN_SMALL, LEAST_IN_LARGE = 8, 6
"""Votes that propose two videos of a small and of a larger library. Lower finds more, most of it by
chance; the sketches have the next word."""


def find_candidates(
    sketches: Sketches,
    new: NDArray[np.bool_] | None = None,
    threads: int = 1,
    scale: Scale | None = None,
) -> Candidates:
    """The pairs that may be alike and have a `new` video, bool (videos,) (None: all are).

    threads: tables searched at once. Each takes up to 20 bytes a listed hash, and NumPy lets them
        run side by side.
    scale: of the library, if these are all its new videos and some of the old.
    """
    if sketches.videos > MOST_VIDEOS:
        raise ValueError(f"more than {MOST_VIDEOS} videos")
    new = np.ones(sketches.videos, bool) if new is None else new
    scale = scale or scale_of(sketches, new)
    hits = _hits(Search(sketches, new, scale), threads)
    proposed = elected(hits, sketches.videos, LEAST_IN_SMALL if scale.is_small else LEAST_IN_LARGE)
    if scale.is_for_few:  # hardly any of the old videos are in a pair
        sketches = sketches.of(np.concatenate([proposed.a, proposed.b]))
    return confirmed(proposed, sketches, IN_SMALL if scale.is_small else IN_LARGE)


def _hits(search: Search, threads: int) -> list[Hits]:
    with ThreadPoolExecutor(threads) as pool:
        try:
            return list(pool.map(search.hits, range(len(search.samples))))
        except BaseException:  # Ctrl+C: the pool waits for its threads
            search.stop()
            raise
