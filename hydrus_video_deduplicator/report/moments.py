"""Which moments of two files are shown side by side."""

from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from hydrus_video_deduplicator.match import Match, Part, Span, length

SHOTS = 4
"""Pictures of each file of a pair. More tell more of a long match, and are smaller each."""

Moments = tuple[float, ...]
"""Seconds of one file, one for each picture."""


def shown_moments(
    match: Match, a_unread: Iterable[Span] = (), b_unread: Iterable[Span] = ()
) -> tuple[Moments, Moments]:
    """The moments of A and those of B that show the same.

    They are the middles of equal shares, along the shorter one, of what matches and could be read
    of both files.
    a_unread, b_unread: the stretches, in seconds, that could not be read.
    """
    if length([match.b_span]) < length([match.a_span]):
        of_b, of_a = _moments(match.inverse().parts, list(b_unread), list(a_unread))
        return of_a, of_b
    return _moments(match.parts, list(a_unread), list(b_unread))


def moments_in_b(
    match: Match, of_a: Moments, a_unread: Iterable[Span] = (), b_unread: Iterable[Span] = ()
) -> Moments | None:
    """The moments of B that show the same as these of A; None if it does not show them all.

    a_unread, b_unread: see `shown_moments`.
    """
    holes = list(a_unread), list(b_unread)
    shown = [(part, list(_readable(part, *holes))) for part in match.parts]
    found = [
        next((part.in_b(time) for part, spans in shown if _is_within(time, spans)), None)
        for time in of_a
    ]
    of_b = tuple(max(0.0, time) for time in found if time is not None)
    return of_b if len(of_b) == len(of_a) else None


def _is_within(time: float, spans: Iterable[Span]) -> bool:
    return any(start <= time <= end for start, end in spans)


def _moments(
    parts: Sequence[Part], a_unread: list[Span], b_unread: list[Span]
) -> tuple[Moments, Moments]:
    """The moments of A, the shorter one, and those of B.

    Each part has as many as it is long, and the n-th moment of all is the n-th of its part: so a
    clip that is repeated is not shown at one moment of it every time.
    """
    readable = [(part, list(_readable(part, a_unread, b_unread))) for part in parts]
    shown = [(part, spans) for part, spans in readable if spans]
    shown = shown or [(part, [part.a_span]) for part in parts]
    ends = [*accumulate(length(spans) for _, spans in shown)]
    moments = []
    for share in ((number + 0.5) / SHOTS for number in range(SHOTS)):
        part, spans = shown[bisect(ends[:-1], share * ends[-1])]
        of_a = _along(spans, share)
        moments.append((of_a, max(0.0, part.in_b(of_a))))
    return tuple(a for a, _ in moments), tuple(b for _, b in moments)


def _readable(part: Part, a_unread: list[Span], b_unread: list[Span]) -> Iterator[Span]:
    """The stretches of A in a part without the holes of either file."""
    back = part.inverse()
    of_b = (sorted(map(back.in_b, hole)) for hole in b_unread)
    start, end = part.a_span
    for hole, hole_end in sorted([*a_unread, *((first, last) for first, last in of_b)]):
        if start < min(hole, end):
            yield start, min(hole, end)
        start = max(start, hole_end)
    if start < end:
        yield start, end


def _along(spans: list[Span], share: float) -> float:
    """The moment that has this share, 0 to 1, of all spans before it."""
    left = share * length(spans)
    for start, end in spans:
        if left <= end - start:
            return start + left
        left -= end - start
    return spans[-1][1]  # what rounding has left
