"""Slide shows: videos whose pictures stay for a while."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.signature import LEAST_MOTION, Signature
from hydrus_video_deduplicator.signature.spectrum import RADIUS

STANDING = 0.45
"""Seconds that most pictures of a slide show stay, at least."""

MUCH_LONGER = 2.0
"""Times as long as in the other video that pictures stand in a slide show of it."""

FEWEST_SLIDES = 5
"""Pictures of a slide show without which it is compared as any video is."""


def changes(signature: Signature) -> NDArray[np.bool_]:
    """Which frames show another picture than the one before, bool (n,); the first one does."""
    pictures = signature.levels * (np.float32(signature.step) / RADIUS)
    change = pictures[1:] - pictures[:-1]
    moved = np.einsum("ij,ij->i", change, change) >= LEAST_MOTION**2
    return np.concatenate([[True], moved])[: len(pictures)]


def seconds_a_picture(signature: Signature) -> float:
    """How long a picture stays, in the median: when it changes is known no better than that."""
    times = signature.times[changes(signature)][1:]
    return float(np.median(np.diff(times))) if len(times) > 1 else 0.0


def is_slide_show(stay: float, others: float) -> bool:
    """Whether a video is a slide show of another one, from how long a picture of each stays."""
    return stay >= max(STANDING, MUCH_LONGER * others)


def at_changes(video: Signature) -> Signature:
    """A slide show only when its pictures begin; one of few pictures as it is.

    A picture that stands agrees with the other video when it begins, and hardly later.
    """
    some = np.flatnonzero(changes(video))
    if len(some) < FEWEST_SLIDES:
        return video
    return replace(video, times=video.times[some], luma=video.luma[some], levels=video.levels[some])
