"""Glimpses: a short video that may lie in a long one, where the long one was seen too seldom.

A long video is looked at in runs, often ten seconds apart, so it may have a single moment in common
with a clip out of it. One picture that is the same says where to look again, more closely.
"""

from collections.abc import Iterable

import numpy as np

from hydrus_video_deduplicator.match import Glimpse, Span
from hydrus_video_deduplicator.matching.evidence import likeness_of_pairs
from hydrus_video_deduplicator.matching.geometry import Placement
from hydrus_video_deduplicator.matching.pair import Pair
from hydrus_video_deduplicator.matching.together import Asking
from hydrus_video_deduplicator.matching.video import Video

LONGEST = 60.0
"""Seconds of the short video, at most: a longer one has enough moments in common with a long one,
and all of it would have to be decoded again."""

THE_SAME = 0.8
"""Correlation of two pictures from which they show the same, once they are registered."""

BESIDE = 1.0
"""Seconds that are looked at before and behind the place where the short video should lie."""


def with_beside(start: float, end: float, duration: float) -> Span:
    """A span and what is looked at beside it, within a video of `duration` seconds."""
    return max(0.0, start - BESIDE), min(duration, end + BESIDE)


def glimpse(
    names: tuple[str, str], pair: Pair, placements: Iterable[Placement]
) -> Asking[Glimpse | None]:
    """Where the shorter of two videos may lie in the longer one, by the moment most alike.

    names: keys of A and of B. placements: how A may hold B. None if nothing is alike, or if a
    closer look would add nothing.
    """
    videos = pair.one, pair.other
    short = int(pair.b.duration < pair.a.duration)
    long = 1 - short
    if not may_lie_in(videos[short], videos[long]):
        return None
    best: Glimpse | None = None
    for placement in placements:
        frames, alike = yield from _most_alike(pair, placement)
        moments = [float(v.timeline.times[frame]) for v, frame in zip(videos, frames, strict=True)]
        start = moments[long] - moments[short]
        end = start + videos[short].signature.duration
        span = with_beside(start, end, videos[long].signature.duration)
        if alike >= max(THE_SAME, best.likeness if best else 0.0):
            best = Glimpse(names[short], names[long], span, alike)
    return best


def may_lie_in(short: Video, long: Video) -> bool:
    """Whether the one, if it lies in the other, may have hardly a moment in common with it."""
    is_whole = not (short.signature.is_panel or long.signature.is_panel or short.is_still)
    is_sparse = long.timeline.in_runs and not short.timeline.in_runs
    return is_whole and is_sparse and short.signature.duration <= LONGEST


def _most_alike(pair: Pair, placement: Placement) -> Asking[tuple[tuple[int, int], float]]:
    """The frames of A and of B that are most alike, and their correlation once registered."""
    likeness = pair.likeness(placement).pictures
    frames = divmod(int(likeness.argmax()), likeness.shape[1])
    at = np.array(frames[:1], np.intp), np.array(frames[1:], np.float32)
    exact = yield from pair.registered(*at, placement)
    pictures = yield from pair.framed(*at, exact)
    return frames, float(likeness_of_pairs(*pictures)[0])
