"""Where one part of a map ends and the next one begins, if both would show the same moments.

In a slow scene, what comes before a cut is also like what comes behind it. Both parts then reach
beyond the cut, and it looks as if some moments were repeated.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.match import Part, length, repeats
from hydrus_video_deduplicator.matching.parts import SHORTEST
from hydrus_video_deduplicator.matching.timeline import between
from hydrus_video_deduplicator.signature import Signature

MOST_SHARED = 0.75
"""Share of the shorter of two parts that also belongs to the other one, up to which there is a cut.
If more, one of them repeats the other."""

REPEATED = 0.8
"""How much two moments of a video may differ, as a multiple of how much each differs from what it
shows half-way between them, and be shown twice. In 18 cuts out of slow scenes it is 0.94 and more,
in 18 of 21 clips a part of which plays twice 0.71 and less."""

LOOKS = 12
"""Moments at which that is asked."""


def parted(parts: tuple[Part, ...], a: Signature, b: Signature) -> tuple[Part, ...]:
    """The parts without what they share, if nothing is repeated then; else as they are.

    parts: of A and B, in order of time of A.
    """
    if not repeats(parts):
        return parts
    turned = _parted_in_b(_inverse(_parted_in_b(parts, a)), b)
    found = _inverse(turned)
    return parts if repeats(found) else found


def _inverse(parts: Sequence[Part]) -> tuple[Part, ...]:
    return tuple(sorted((part.inverse() for part in parts), key=lambda part: part.a_span))


def _parted_in_b(parts: Sequence[Part], a: Signature) -> tuple[Part, ...]:
    """Each part up to the middle of what it shares with the next one in B, unless A repeats it."""
    told = list(parts[:1])
    for part in parts[1:]:
        if not _are_cut(told[-1], part) or _repeats(a, told[-1], part):
            told.append(part)
            continue
        seam = (part.b_span[0] + told[-1].b_span[1]) / 2
        told[-1:] = _until(told[-1], seam), _since(part, seam)
    return tuple(told)


def _are_cut(before: Part, part: Part) -> bool:
    """Whether both go on forwards, and share so little that there is a cut between them."""
    if min(before.speed, part.speed) < 0 or before.a_span >= part.a_span:
        return False
    starts, ends = zip(before.b_span, part.b_span, strict=True)
    shared = ends[0] - starts[1]
    shorter = min(length([before.b_span]), length([part.b_span]))
    left = shorter - shared / 2
    goes_on = starts[0] < starts[1] and ends[0] <= ends[1]
    return goes_on and 0 < shared <= MOST_SHARED * shorter and left >= SHORTEST


def _repeats(a: Signature, before: Part, part: Part) -> bool:
    """Whether A shows twice what two parts share in B, and something else half-way."""
    shared = np.linspace(part.b_span[0], before.b_span[1], LOOKS)
    once, again = (np.array([p.inverse().in_b(float(m)) for m in shared]) for p in (before, part))
    frames = a.coefficients()
    moments = (
        np.interp(t, a.times, np.arange(len(a.times))) for t in (once, again, (once + again) / 2)
    )
    first, second, between_them = (between(frames, at.astype(np.float32)) for at in moments)

    def differ(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
        return float(np.linalg.norm(one - other, axis=1).mean())

    beside = (differ(first, between_them) + differ(second, between_them)) / 2
    return differ(first, second) <= REPEATED * beside


def _until(part: Part, seam: float) -> Part:
    end = part.inverse().in_b(seam)
    return Part((part.a_span[0], end), (part.b_span[0], seam), part.speed)


def _since(part: Part, seam: float) -> Part:
    start = part.inverse().in_b(seam)
    return Part((start, part.a_span[1]), (seam, part.b_span[1]), part.speed)
