"""Whether a copy stands still at its end where another one goes on, seen in the frames of both.

One file alone is not enough: a film may end with a still picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.match import Match

STEPS = (0.1, 0.25, 0.25, 0.25, 0.25, 0.5, 0.5, 1.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Seconds between the moments that are looked at, from the end backwards."""

MOVES = 3.0
"""Levels by which the places that change most must change in a copy that goes on."""

STANDS = 0.25
"""How much another one may change meanwhile, as a share of that, and still count as standing
still."""

FOLLOWS = 0.5
"""And if it goes on, too, at least. In between, it came to a stand in the middle of the step."""

FEW_PLACES = 0.02
"""Share of a picture in which a step is measured: those places that change most."""

LEAST_STILL = 0.5
"""Seconds that a still end lasts, at least. Moments are known to an eighth of a second only, so one
copy may change just before a moment, and the other one just behind it."""

AROUND = 0.15
"""Seconds before and behind the end of the shorter copy at which the longer one is looked at."""

TAIL_PICTURES = 8
"""Pictures of what the longer copy shows after that."""

SHORT_STEPS = 4
"""Steps before it, about as long as that one, by which a cut is told."""

CUT = 3.0
"""How much more than before the picture changes at a cut, such as that to an end card."""

LEAST_USUAL = 1.0
"""Levels that a picture changes before it, at least, to be more than nothing."""

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


@dataclass(frozen=True, slots=True)
class Tail:
    """What one copy shows after the end of the other one.

    copy: which of them, 0 or 1. seconds: how long it is. times: seconds of the copy to be looked
    at, in ascending order; the first `before` of them are before the tail.
    """

    copy: int
    seconds: float
    times: tuple[float, ...]
    before: int


def tail_of(match: Match) -> Tail | None:
    """What is to be looked at of the copy that ends later; None if both end together."""
    moments = last_moments(match)
    if not moments or match.a_seconds is None or match.b_seconds is None:
        return None
    longest = match.longest
    ends = longest.inverse().in_b(match.b_seconds), longest.in_b(match.a_seconds)
    copy = int(ends[1] < match.b_seconds)
    end, seconds = ends[copy], (match.a_seconds, match.b_seconds)[copy]
    if seconds - end < LEAST_STILL:
        return None
    before = [each[copy] for each in moments if each[copy] < end - AROUND]
    times = [*before, end - AROUND, *np.linspace(end + AROUND, seconds - STEPS[0], TAIL_PICTURES)]
    return Tail(copy, seconds - end, tuple(map(float, times)), len(before) + 1)


def is_still(tail: Tail, pictures: Sequence[Small]) -> bool:
    """Whether the last picture of what both show only stands in the tail.

    An end card, to which the film cuts, is a part of it.
    """
    shown, rest = pictures[: tail.before], pictures[tail.before :]
    if any(_change(rest[0], later) >= MOVES for later in rest[1:]):
        return False
    lately = pairwise(shown[-1 - SHORT_STEPS :])
    usual = max((float(np.abs(b - a).mean()) for a, b in lately), default=0.0)
    return float(np.abs(rest[0] - shown[-1]).mean()) <= CUT * max(usual, LEAST_USUAL)


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
