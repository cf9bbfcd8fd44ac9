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
    if _is_refreshed(signed.times[changes], float(steps[changes[-1]]), usual):
        changes = changes[:-1]
    last = changes[-1]
    still = signed.duration - float(signed.times[last + 1])
    is_usual = still < max(STILL_SECONDS, 3 * float(np.diff(signed.times[changes]).max(initial=0)))
    is_film = steps[last] > CUT * usual or _moves_slowly(pictures[last + 1 :])
    return 0.0 if is_usual or is_film else still


def _moves_slowly(pictures: NDArray[np.float32]) -> bool:
    """Whether pictures (n, ...), each a little unlike the one before, lead somewhere in all.

    Those of one picture with noise, or that an encoder refines, go to and fro.
    """
    steps = np.sqrt(np.square(np.diff(pictures, axis=0)).sum(axis=1))
    if not len(steps) or np.median(steps) < LEAST_MOTION:
        return False
    in_all = np.sqrt(np.square(pictures[-1] - pictures[0]).sum())
    return bool(in_all >= DRIFT * steps.sum())


def _is_refreshed(times: NDArray[np.float32], step: float, usual: float) -> bool:
    """Whether the last change is that of a picture that already stood, and no cut.

    At the first key frame, an encoder refines such a picture at once, and hardly at later ones.
    times: of the changes, (n,). step: size of the last one.
    """
    return len(times) > 1 and times[-1] - times[-2] >= STILL_SECONDS and step <= CUT * usual
