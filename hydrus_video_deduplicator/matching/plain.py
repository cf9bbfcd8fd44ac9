"""The plain case: two videos of one speed whose frames mostly agree best at one offset."""

import numpy as np

from hydrus_video_deduplicator.match import Span
from hydrus_video_deduplicator.matching.hough import LEAST_VOTE, further_line
from hydrus_video_deduplicator.matching.likeness import Likeness
from hydrus_video_deduplicator.matching.timeline import Line, Timeline

PLAINLY = 0.6
"""Share of the frames of the shorter video that must be most like those of the longer one at one
offset."""

STEPS, SETTLED = 2, 0.005
"""Gauss-Newton steps from there to the exact offset, between the frames, and seconds up to which
the first one is the last: what the next would add is far less."""

LARGEST_DRIFT = 0.1
"""Seconds by which the ends may drift against each other: more may be another speed."""

LEAST_FURTHER = 4.0
"""Votes of what one line leaves of a video without which no other part is looked for. The further
parts of 39 pairs had 5 and more, and one 2; what a trim leaves has 3 in the median."""


def plain_line(
    likeness: Likeness, timelines: tuple[Timeline, Timeline], a_is_longer: bool
) -> Line | None:
    """The line at unchanged speed on which the two lie; None if that is not plain to see."""
    one, other = timelines
    alike = likeness.of_moments
    if a_is_longer:
        shifts = other.times - one.times.take(alike.argmax(axis=0))
    else:
        shifts = other.times.take(alike.argmax(axis=1)) - one.times
    half = len(shifts) // 2
    near = np.abs(shifts - np.partition(shifts, half)[half]) <= max(one.interval, other.interval)
    count = int(np.count_nonzero(near))
    if count < PLAINLY * len(shifts):
        return None
    offset, drift = float(shifts.dot(near)) / count, 0.0
    for _ in range(STEPS):
        if (step := _step(offset, likeness, timelines)) is None:
            return None
        shift, drift = step
        offset += shift
        if abs(shift) <= SETTLED:
            break
    return Line(1.0, round(offset, 4), count) if drift <= LARGEST_DRIFT else None


def further_votes(
    likeness: Likeness, timelines: tuple[Timeline, Timeline], longer: int, seen: Span
) -> float:
    """The votes for another line of what is left of the longer video beside a span of it.

    longer: 0 for A, 1 for B.
    """
    times = timelines[longer].times
    left = np.flatnonzero((times < seen[0]) | (times >= seen[1]))
    alike = likeness.of_moments.take(left, axis=longer)
    alike *= alike >= LEAST_VOTE**2
    if float(alike.max(axis=1 - longer, initial=0).sum()) < LEAST_FURTHER:
        return 0.0
    parts = list(timelines)
    parts[longer] = timelines[longer].part(left)
    found = further_line(alike, parts[0], parts[1], (1.0, -1.0))
    return 0.0 if found is None else found.votes


def _step(
    offset: float, likeness: Likeness, timelines: tuple[Timeline, Timeline]
) -> tuple[float, float] | None:
    """By how much the offset should grow, and how much its ends should drift, in seconds.

    The motion of B, blended from the frames around each moment, is then most like that of A. None
    if B was looked at in none of these moments: its frames may lie far apart.
    """
    one, other = timelines
    a, b, motion = likeness.a, likeness.b, likeness.motion.ravel()
    places, paired = other.places(one.times + np.float32(offset))
    i = np.flatnonzero(paired)
    if not len(i):
        return None
    places = places.take(i)
    j = np.minimum(places.astype(np.intp), len(other) - 2)
    later = (places - j).astype(np.float32)
    row = i * len(other) + j
    next_j = j + 1
    size, before, after = a.size.take(i), b.size.take(j), b.size.take(next_j)
    product = size * before
    product *= motion.take(row)
    row += 1
    size_after = size * after
    size_after *= motion.take(row)
    change = size_after - product
    gain = (float(product.sum()) + float(later.dot(change))) / max(float(size.dot(size)), 1e-6)
    following = b.following.take(j)
    back = following - before * before
    bend = after * after - following
    bend -= back
    seconds = other.times.take(next_j) - other.times.take(j)
    error = (gain * change - back - later * bend) / seconds
    steep = bend / (seconds * seconds)
    reach = max(one.interval, other.interval)
    shift = float(error.sum()) / max(float(steep.sum()), 1e-6)
    turn = one.times.take(i)
    first, last = float(turn[0]), float(turn[-1])
    turn -= turn.sum() / np.float32(len(turn))
    bent = steep * turn
    speed = float(error.dot(turn)) - shift * float(bent.sum())
    speed /= max(float(bent.dot(turn)), 1e-6)
    return min(max(shift, -reach), reach), abs(speed) * (last - first)
