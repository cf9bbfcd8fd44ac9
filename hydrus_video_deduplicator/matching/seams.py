"""Where one part of a map ends and the next one begins, if both would show the same moments.

In a slow scene, what comes before a cut is also like what comes behind it. Both parts then reach
beyond the cut, and it looks as if some moments were repeated.
"""

from collections.abc import Sequence

from hydrus_video_deduplicator.match import Part, length, repeats
from hydrus_video_deduplicator.matching.parts import SHORTEST

MOST_SHARED = 0.75
"""Share of the shorter of two parts that also belongs to the other one, up to which there is a cut.
If more, one of them repeats the other."""


def parted(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The parts without what they share, if nothing is repeated then; else as they are.

    parts: in order of time of A.
    """
    if not repeats(parts):
        return parts
    turned = _parted_in_b(_inverse(_parted_in_b(parts)))
    found = _inverse(turned)
    return parts if repeats(found) else found


def _inverse(parts: Sequence[Part]) -> tuple[Part, ...]:
    return tuple(sorted((part.inverse() for part in parts), key=lambda part: part.a_span))


def _parted_in_b(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Each part up to the middle of what it shares with the next one in B."""
    told = list(parts[:1])
    for part in parts[1:]:
        if not _are_cut(told[-1], part):
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


def _until(part: Part, seam: float) -> Part:
    end = part.inverse().in_b(seam)
    return Part((part.a_span[0], end), (part.b_span[0], seam), part.speed)


def _since(part: Part, seam: float) -> Part:
    start = part.inverse().in_b(seam)
    return Part((start, part.a_span[1]), (seam, part.b_span[1]), part.speed)
