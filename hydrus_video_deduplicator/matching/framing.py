"""Whether a copy was framed differently: cropped, or given other bars."""

import math
from collections.abc import Iterator

from hydrus_video_deduplicator.match import Edit, length, united
from hydrus_video_deduplicator.matching.comparison import Comparison
from hydrus_video_deduplicator.matching.overlays import overlay_of
from hydrus_video_deduplicator.signature import Signature

WHOLE_PICTURE = 0.94
"""Share of an axis of both pictures that both show, from which nothing is cropped."""

OTHER_BARS = 0.04
"""Difference in the share of the frame that the active pictures take, from which bars differ."""

SAME_FRAME = 0.02
"""Share by which two whole frames may differ in size, or lie beside each other, and be the same.
Bars that differ by OTHER_BARS scale a picture by twice that."""

SEEN_ALONE = 0.05
"""Share of a video that the other does not show, from which it may have the bars of another film.
"""


def framing_edits(a: Signature, b: Signature, found: Comparison) -> Iterator[Edit]:
    """`CROPPED` and `BORDERED`, where they were made."""
    shares = (*found.placement.x.shares(), *found.placement.y.shares())
    is_cropped = min(shares) < WHOLE_PICTURE
    is_bordered = _differ_in_bars(a, b, transposed=found.placement.orientation.transposed)
    if (is_cropped or is_bordered) and _has_bars_of_another_film(a, b, found):
        return
    if is_cropped:
        yield Edit.CROPPED
    if is_bordered:
        yield Edit.BORDERED


def _differ_in_bars(a: Signature, b: Signature, *, transposed: bool) -> bool:
    share_a, share_b = _active_shares(a), _active_shares(b)
    if transposed:
        share_a = share_a[::-1]
    return max(abs(one - other) for one, other in zip(share_a, share_b, strict=True)) > OTHER_BARS


def _has_bars_of_another_film(a: Signature, b: Signature, found: Comparison) -> bool:
    """Whether both have the same frame, and the one with fewer bars also shows something else.

    The active picture is that of a whole video: of a film that is joined with one of another
    shape, it holds the bars of the first.
    """
    of_a, of_b = ([getattr(p, side) for p in found.parts] for side in ("a_span", "b_span"))
    larger, spans = (a, of_a) if _active_area(a) > _active_area(b) else (b, of_b)
    alone = larger.duration - length(united(spans))
    is_same_frame = overlay_of(a, b, found.placement).off <= SAME_FRAME
    return is_same_frame and alone > SEEN_ALONE * larger.duration


def _active_area(signature: Signature) -> float:
    return math.prod(_active_shares(signature))


def _active_shares(signature: Signature) -> tuple[float, float]:
    """Shares of the width and of the height of the frame that are inside the bars."""
    left, top, right, bottom = signature.active
    return right - left, bottom - top
