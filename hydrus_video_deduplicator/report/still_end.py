"""How long a video stands still at its end, as far as its signature says."""

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.signature import LEAST_MOTION, Signature
from hydrus_video_deduplicator.signature.spectrum import RADIUS

STILL_SECONDS = 1.0
"""Seconds without motion at the end of a video from which they are no part of it."""

LEAST_CHANGES = 8
"""Changes of the picture without which a video is a slide show, and its end stands as any picture.
"""

CUT = 3.0
"""How much more than usual the picture changes at a cut."""

SETTLING = 0.25
"""Change of a picture that stands, as a share of the usual one, at most: encoders refine it."""

DRIFT = 0.3
"""Share of what the pictures of an end change one by one that they change in all, from which it is
a slow scene: that has 0.38 and more, one picture with noise 0.23 at most."""


def still_end(signed: Signature) -> float:
    """Seconds at the end of a video in which its last moving picture only stands still.

    An end card, to which the film cuts, is a part of it. So is a slow scene after a fast one, in
    which each picture differs a little from the one before.
    """
    pictures = signed.coefficients() / RADIUS
    steps = np.sqrt(np.square(np.diff(pictures, axis=0)).sum(axis=1))
    moved = steps[steps >= LEAST_MOTION]
    if len(moved) < LEAST_CHANGES:
        return 0.0
    usual = float(np.median(moved))
    changes = np.flatnonzero(steps >= max(LEAST_MOTION, SETTLING * usual))
    before, last = signed.times[changes[-2:]]
    if last - before >= STILL_SECONDS and steps[changes[-1]] <= CUT * usual:
        # At its first key frame, an encoder refines a standing picture, and hardly later.
        changes = changes[:-1]
    end = changes[-1] + 1
    still = signed.duration - float(signed.times[end])
    is_usual = still < max(STILL_SECONDS, 3 * float(np.diff(signed.times[changes]).max()))
    is_cut = steps[end - 1] > CUT * usual
    if is_usual or is_cut or _lead_away(steps[end:], pictures[-1] - pictures[end]):
        return 0.0
    return still


def _lead_away(steps: NDArray[np.float32], in_all: NDArray[np.float32]) -> bool:
    """Whether small steps (n,) lead to another picture: those of noise go to and fro.

    in_all: how the last picture differs from the first.
    """
    if not len(steps) or np.median(steps) < LEAST_MOTION:
        return False
    return bool(np.sqrt(np.square(in_all).sum()) >= DRIFT * steps.sum())
