"""What of two videos was seen at the same moments: the rest is no evidence of anything."""

from collections.abc import Iterable

from hydrus_video_deduplicator.matching.timeline import Line
from hydrus_video_deduplicator.signature import Signature

Span = tuple[float, float]
"""Start and end, in seconds."""


def seconds_seen(video: Signature) -> float:
    """Of a video that could be decoded."""
    return length(_without((0.0, video.duration), video.unread))


def seen_by_both(a: Signature, b: Signature, line: Line, span: Span) -> list[Span]:
    """The stretches of a span of A of which both videos could be decoded, along a line."""
    speed, offset = line.inverse().speed, line.inverse().offset
    of_b = ((speed * start + offset, speed * end + offset) for start, end in b.unread)
    return _without(span, [*a.unread, *of_b])


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


def length(spans: Iterable[Span]) -> float:
    """Seconds of stretches."""
    return sum(end - start for start, end in spans)
