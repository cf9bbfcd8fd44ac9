"""What of two videos was seen at the same moments: the rest is no evidence of anything."""

from collections.abc import Iterable

from hydrus_video_deduplicator.match import Span, length
from hydrus_video_deduplicator.matching.timeline import Line
from hydrus_video_deduplicator.signature import Signature


def seconds_seen(video: Signature, start: float = 0.0, end: float | None = None) -> float:
    """Of a stretch of a video that could be decoded, up to its end if no other is given."""
    whole = start, video.duration if end is None else end
    return length(_without(whole, video.unread))


def unseen(video: Signature) -> list[Span]:
    """What of a video was not seen: what could not be decoded, and what lies outside a stretch."""
    if not video.is_stretch:
        return list(video.unread)
    first, last = float(video.times[0]), float(video.times[-1])
    usual = (last - first) / max(1, len(video.times) - 1)
    return [(0.0, first), *video.unread, (min(last + usual, video.duration), video.duration)]


def seen_by_both(a: Signature, b: Signature, line: Line, span: Span) -> list[Span]:
    """The stretches of a span of A of which both videos were seen, along a line."""
    return _without(span, holes(unseen(a), unseen(b), line))


def holes(of_a: Iterable[Span], of_b: Iterable[Span], line: Line) -> list[Span]:
    """The holes of A and those of B, as they lie in A along a line, in order of time."""
    return sorted([*of_a, *map(line.inverse().span, of_b)])


def _without(span: Span, holes: Iterable[Span]) -> list[Span]:
    """What is left of a span without the holes, in order of time."""
    left, start = [], span[0]
    for hole, end in sorted(holes):
        if hole > start:
            left.append((start, min(hole, span[1])))
        start = max(start, end)
        if start >= span[1]:
            return left
    return [*left, (start, span[1])]
