"""Candidates: pairs of videos with frames of like perceptual hash, and how they might lie.

The pipeline: sketches → hits → candidates that enough of them vote for → those that the whole
sketches confirm.
"""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.matching.confirmation import confirmed
from hydrus_video_deduplicator.matching.hits import (
    MOST_VIDEOS,
    Candidates,
    Hits,
    Search,
    Tables,
    elected,
)
from hydrus_video_deduplicator.matching.index import SMALL
from hydrus_video_deduplicator.matching.sketch import Sketches

LEAST_EVIDENCE = 8
"""Votes that make two videos of a small library a candidate pair. Lower finds more, and compares
more in vain."""

LEAST_TO_CONFIRM = 6
"""The same for a larger library, where the sketches have the next word: two in three pairs are
there by chance."""

Work = Callable[[Callable[[Tables], Hits], Iterable[Tables]], Iterable[Hits]]
"""How the parts of a search are worked on: as `map` does, or by an executor."""


def find_candidates(
    sketches: Sketches, new: NDArray[np.bool_] | None = None, work: Work = map, parts: int = 1
) -> Candidates:
    """The pairs of which one is `new`, bool (videos,) (None: all are), and that may be alike.

    work: does the tables in so many parts, as `map` or as an executor does.
    """
    if sketches.videos > MOST_VIDEOS:
        raise ValueError(f"more than {MOST_VIDEOS} videos")
    search = Search(sketches, np.ones(sketches.videos, bool) if new is None else new)
    count = len(search.samples())
    parts = max(1, min(parts, count))
    tables = [range(part, count, parts) for part in range(parts)]
    hits = np.concatenate(list(work(search.hits, tables)))
    if len(sketches.hashes) <= SMALL:
        return elected(hits, sketches.videos, LEAST_EVIDENCE)
    proposed = elected(hits, sketches.videos, LEAST_TO_CONFIRM)
    return confirmed(proposed, sketches)
