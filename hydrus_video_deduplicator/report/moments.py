"""Which moments of two files are shown side by side."""

from collections.abc import Iterable, Iterator

from hydrus_video_deduplicator.match import Match, Part, Span

SHOTS = 4
"""Pictures of each file of a pair. More tell more of a long match, and are smaller each."""

Moments = tuple[float, ...]
"""Seconds of one file, one for each picture."""


def shown_moments(
    match: Match, a_unread: Iterable[Span] = (), b_unread: Iterable[Span] = ()
) -> tuple[Moments, Moments]:
    """The moments of A and those of B that show the same.

    They are the middles of equal shares of what matches and could be read of both files.
    a_unread, b_unread: the stretches, in seconds, that could not.
    """
    holes_a, holes_b = list(a_unread), list(b_unread)
    readable = [
        (part, span) for part in match.parts for span in _readable(part, holes_a, holes_b)
    ] or [(part, part.a_span) for part in match.parts]
    shown = list(_middles(readable))
    return tuple(a for a, _ in shown), tuple(b for _, b in shown)


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


def _middles(stretches: list[tuple[Part, Span]]) -> Iterator[tuple[float, float]]:
    length = sum(end - start for _, (start, end) in stretches)
    wanted = [length * (number + 0.5) / SHOTS for number in range(SHOTS)]
    before = 0.0
    for part, (start, end) in stretches:
        while wanted and before + end - start >= wanted[0]:
            moment = start + wanted.pop(0) - before
            yield moment, part.in_b(moment)
        before += end - start
    part, (_, end) = stretches[-1]
    yield from [(end, part.in_b(end))] * len(wanted)  # what rounding has left
