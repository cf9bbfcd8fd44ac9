"""Whether a copy stands still at its end where another one goes on, seen in the frames of both.

One file alone does not tell: a film may end with a picture that stands.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.match import Match

STEPS = (0.1, 0.25, 0.25, 0.25, 0.25, 0.5, 0.5, 1.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Seconds between the moments that are looked at, from the end backwards."""

MOVES = 3.0
"""Levels by which the places that change most must change in a copy that goes on."""

STANDS = 0.25
"""How much another one changes meanwhile, as a share of that, if it stands still, at most."""

FOLLOWS = 0.5
"""And if it goes on, too, at least. In between, it came to a stand in the middle of the step."""

FEW_PLACES = 0.02
"""Share of a picture in which a step is measured: those places that change most."""

LEAST_STILL = 0.5
"""Seconds that a still end lasts, at least. Moments are known to an eighth of a second only, so one
copy may change just before a moment, and the other one just behind it."""

Small = NDArray[np.float32]
"""A small grey picture."""


def last_moments(match: Match) -> tuple[tuple[float, float], ...]:
    """Seconds of both files that would show the same if both went on, in ascending order.

    The longest part is drawn out to where the first of the two ends. None are known without
    lengths, or if it runs backwards.
    """
    part = match.longest
    if match.a_seconds is None or match.b_seconds is None or part.speed <= 0:
        return ()
    time = min(match.a_seconds, part.inverse().in_b(match.b_seconds))
    found = []
    for step in STEPS:
        time -= step
        if min(time, part.in_b(time)) < 0:
            break
        found.append((time, part.in_b(time)))
    return tuple(found[::-1])


def still_ends(
    times: Sequence[tuple[float, float]], first: Sequence[Small], second: Sequence[Small]
) -> tuple[float, float]:
    """Seconds at the end of each copy in which it stands still and the other one does not.

    times: of both; first, second: the pictures of these moments.
    """
    changes = [[_change(*pair) for pair in pairwise(shown)] for shown in (first, second)]
    begun = [_begin(own, other) for own, other in (changes, changes[::-1])]
    ends = times[-1]
    spans = (
        0.0 if begin is None else ends[place] - times[begin][place]
        for place, begin in enumerate(begun)
    )
    first_still, second_still = (span if span >= LEAST_STILL else 0.0 for span in spans)
    return first_still, second_still


def _begin(own: Sequence[float], other: Sequence[float]) -> int | None:
    """The first step from which a copy stands still up to the end while the other one moves.

    Before, it must have gone on as the other one did.
    """
    begin = None
    for number in reversed(range(len(own))):
        if own[number] >= FOLLOWS * max(MOVES, other[number]):
            return begin
        if other[number] >= MOVES and own[number] <= STANDS * other[number]:
            begin = number
    return None


def _change(earlier: Small, later: Small) -> float:
    """How much the places that change most do so, in levels."""
    changes = np.sort(np.abs(later - earlier), axis=None)
    return float(changes[-max(1, int(FEW_PLACES * changes.size)) :].mean())
