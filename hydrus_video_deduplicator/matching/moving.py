"""A picture whose place changes with time: a zoom or a pan, registered some frames at a time."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.matching.comparison import Comparison
from hydrus_video_deduplicator.matching.drawing import Pictures
from hydrus_video_deduplicator.matching.evidence import levelled, likeness_of_pairs
from hydrus_video_deduplicator.matching.geometry import Placement
from hydrus_video_deduplicator.matching.pair import Pair
from hydrus_video_deduplicator.matching.timeline import Line, moments
from hydrus_video_deduplicator.matching.together import Asking

ALIKE_BUT_MOVED = 0.6
"""Correlation of the pictures from which a pair may be the same seen through a moving frame, and of
those of each step once they are registered."""

FRAMES_OF_A_STEP, FEWEST_STEPS, MOST_STEPS = 5, 3, 10
"""Frames that are registered together where the placement changes with time, and how often."""

LEAST_MOVE = 0.02
"""Share of the picture by which a placement must change on the way for that to be a zoom or pan."""


HALF_WAY = 0.5
"""Share of the way from its first place to its last by which a picture may be off its middle at
half time: of 140 zooms and pans, 132 are nearer; of other pairs, four in ten."""


def seen_moving(
    pair: Pair, line: Line, exact: Placement, *, steadily: bool
) -> Asking[Comparison | None]:
    """What speaks for the two if the place of the picture changes on the way: a zoom or a pan.

    The frames along a line are registered some at a time. None where they are too few, or the
    place stays the same.
    steadily: whether it must move one way, and about as fast all the time.
    """
    in_a, in_b = moments(*pair.timelines, line)
    count = min(MOST_STEPS, len(in_a) // FRAMES_OF_A_STEP)
    if count < FEWEST_STEPS:
        return None
    steps = [(in_a[some], in_b[some]) for some in np.array_split(np.arange(len(in_a)), count)]
    first = yield from pair.registered(*steps[0], exact)
    last = yield from pair.registered(*steps[-1], exact)
    if _moved([first, last]) < LEAST_MOVE:
        return None
    if (yield from _shown(pair, *steps[0], first)) is None:
        return None
    if steadily:
        middle = yield from pair.registered(*steps[count // 2], exact)
        if not _is_half_way(first, middle, last):
            return None
    pictures, placements = [], []
    for frames, places in steps:
        exact = yield from pair.registered(frames, places, exact)
        shown = yield from _shown(pair, frames, places, exact)
        if shown is None:
            return None
        placements.append(exact)
        pictures.append(shown)
    one, other = (levelled(np.concatenate(side)) for side in zip(*pictures, strict=True))
    found = yield from pair.weighed_pictures(one, other, line, placements[len(placements) // 2])
    return replace(found, moving=True)


def _shown(
    pair: Pair, in_a: NDArray[np.intp], in_b: NDArray[np.float32], exact: Placement
) -> Asking[Pictures | None]:
    """What both show of some frames of A at their places in B; None if that is not alike."""
    one, other = yield from pair.framed(in_a, in_b, exact)
    return None if likeness_of_pairs(one, other).mean() < ALIKE_BUT_MOVED else (one, other)


def _is_half_way(first: Placement, middle: Placement, last: Placement) -> bool:
    """Whether the place in the middle lies between the others."""
    start, half, end = map(_borders, (first, middle, last))
    off = np.abs(half - (start + end) / 2).max()
    return bool(off <= HALF_WAY * np.abs(end - start).max())


def _moved(placements: Sequence[Placement]) -> float:
    """By how much the borders of the common picture move, as a share of the picture."""
    return float(np.ptp([_borders(placement) for placement in placements], axis=0).max())


def _borders(placement: Placement) -> NDArray[np.float64]:
    x, y = placement.x, placement.y
    return np.array([x.offset, x.offset + x.scale, y.offset, y.offset + y.scale])
