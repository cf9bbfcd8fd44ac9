"""How much of two videos was seen at the same moments: the rest is no evidence of anything."""

from collections.abc import Iterable

from hydrus_video_deduplicator.matching.timeline import Line
from hydrus_video_deduplicator.signature import Signature

Span = tuple[float, float]
"""Start and end, in seconds."""


def seen_by_both(a: Signature, b: Signature, line: Line, span: Span) -> float:
    """Seconds of a span of A of which both videos could be decoded along a line."""
    speed, offset = line.inverse().speed, line.inverse().offset
    of_b = ((speed * start + offset, speed * end + offset) for start, end in b.unread)
    return span[1] - span[0] - _covered(span, sorted([*a.unread, *of_b]))


def _covered(span: Span, parts: Iterable[Span]) -> float:
    """Seconds of a span that lie in one of the parts, which are in order of their starts."""
    covered, until = 0.0, span[0]
    for start, end in parts:
        last = min(end, span[1])
        covered += max(0.0, last - max(start, until))
        until = max(until, last)
    return covered
