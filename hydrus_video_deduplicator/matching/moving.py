"""A picture whose place changes with time: a zoom or a pan, registered some frames at a time."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hydrus_video_deduplicator.matching.comparison import Comparison
from hydrus_video_deduplicator.matching.evidence import levelled, likeness_of_pairs, tiled
from hydrus_video_deduplicator.matching.geometry import Placement, common_pictures
from hydrus_video_deduplicator.matching.pair import Pair
from hydrus_video_deduplicator.matching.registration import register
from hydrus_video_deduplicator.matching.timeline import Line, between, moments
from hydrus_video_deduplicator.matching.video import SHARPEST

ALIKE_BUT_MOVED = 0.6
"""Correlation of the pictures from which a pair may be the same seen through a moving frame, and of
those of each step once they are registered."""

FRAMES_OF_A_STEP, FEWEST_STEPS, MOST_STEPS = 5, 3, 10
"""Frames that are registered together where the placement changes with time, and how often."""

LEAST_MOVE = 0.02
"""Share of the picture by which a placement must change on the way for that to be a zoom or pan."""


def seen_moving(pair: Pair, line: Line, exact: Placement) -> Comparison | None:
    """What speaks for the two if the place of the picture changes on the way: a zoom or a pan.

    The frames along a line are registered some at a time. None where they are too few, or the
    place stays the same.
    """
    in_a, in_b = moments(*pair.timelines, line)
    count = min(MOST_STEPS, len(in_a) // FRAMES_OF_A_STEP)
    if count < FEWEST_STEPS:
        return None
    steps = np.array_split(np.arange(len(in_a)), count)
    ends = [pair.registered(in_a[some], in_b[some], exact) for some in (steps[0], steps[-1])]
    if _moved(ends) < LEAST_MOVE:
        return None
    pictures, placements = [], []
    for some in steps:
        a, b = pair.one.frames[in_a[some]], between(pair.other.frames, in_b[some])
        exact = register(a, b, exact)
        common = common_pictures(a, b, exact, SHARPEST)
        one, other = (levelled(tiled(each)) for each in common)
        if likeness_of_pairs(one, other).mean() < ALIKE_BUT_MOVED:
            return None
        placements.append(exact)
        pictures.append((one, other))
    one, other = (levelled(np.concatenate(side)) for side in zip(*pictures, strict=True))
    found = pair.weighed_pictures(one, other, line, placements[len(placements) // 2])
    return replace(found, moving=True)


def _moved(placements: Sequence[Placement]) -> float:
    """By how much the borders of the common picture move, as a share of the picture."""
    borders = [
        (p.x.offset, p.x.offset + p.x.scale, p.y.offset, p.y.offset + p.y.scale) for p in placements
    ]
    return float(np.ptp(borders, axis=0).max())
