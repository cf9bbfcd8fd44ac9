"""Whether a copy was framed differently: cropped, or given other bars."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.match import Edit, length, united
from hydrus_video_deduplicator.matching.comparison import Comparison
from hydrus_video_deduplicator.matching.geometry import BLURRED
from hydrus_video_deduplicator.matching.overlays import overlay_of
from hydrus_video_deduplicator.matching.timeline import Line, Timeline, between, moments
from hydrus_video_deduplicator.matching.views import POINTS, whole_pictures
from hydrus_video_deduplicator.signature import Signature
from hydrus_video_deduplicator.signature.picture import Box
from hydrus_video_deduplicator.signature.spectrum import centres

Pictures = NDArray[np.float32]

WHOLE_PICTURE = 0.94
"""Share of an axis of both pictures that both show, from which nothing is cropped."""

OTHER_BARS = 0.04
"""Difference in the share of the frame that the active pictures take, from which bars differ."""

SAME_FRAME = 0.02
"""Difference from 1 of the scale of two whole frames up to which they are of one size: bars that
differ by OTHER_BARS scale a picture by twice that."""

SEEN_ALONE = 0.05
"""Share of a video that the other does not show, from which it may have the bars of another film.
"""

LOOKS = 16
"""Moments, at most, at which two frames are laid on each other."""

IN_PLACE = 0.97
"""Correlation of what is inside the bars of both, from which two frames lie on each other. Of 76
pairs of real copies of one frame, three have less; cropped by a tenth, a third of the clips have
0.94 or more and one has 0.98."""

NEARLY_SAME_FRAME = 0.1
"""How far off the frames may lie then. Registered are the active pictures, with more or less of a
plain margin: that leaves frames which are the same 0.08 apart."""

AS_BRIGHT = 30.0
"""Levels by which a picture may be brighter or darker, in the mean, than the bars of the other one
that lie there, and still be what counts as those bars: a wall, a table, the sky."""

PLAIN = 16.0
"""Levels by which half of such a part may differ from its median, on each side. Bars are plainer,
but of a picture only the low frequencies are known."""


def framing_edits(a: Signature, b: Signature, found: Comparison) -> Iterator[Edit]:
    """`CROPPED` and `BORDERED`, where they were made."""
    shares = (*found.placement.x.shares(), *found.placement.y.shares())
    is_cropped = min(shares) < WHOLE_PICTURE
    is_bordered = _differ_in_bars(a, b, transposed=found.placement.orientation.transposed)
    if is_bordered and _are_bars_plain_parts(a, b, found):
        return
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


def _are_bars_plain_parts(a: Signature, b: Signature, found: Comparison) -> bool:
    """Whether both have one frame, and what counts as bars of one is a plain part of the other.

    Nobody added them then.
    """
    laid = found.placement
    off = overlay_of(a, b, laid).off
    if a.is_panel or b.is_panel or laid.inverted or off > NEARLY_SAME_FRAME:
        return False
    one, other = _drawn(a, b, found)
    of_a, of_b = a.active.turned(*laid.orientation), b.active
    inside = _inside(of_a) & _inside(of_b)
    likeness = np.corrcoef(one[:, inside].ravel(), other[:, inside].ravel())[0, 1]
    if likeness < IN_PLACE:
        return False
    return _is_plain(one, of_b, b.surround) and _is_plain(other, of_a, a.surround)


def _drawn(a: Signature, b: Signature, found: Comparison) -> tuple[Pictures, Pictures]:
    """Whole frames of the same moments, those of A laid as B's lie."""
    in_a, in_b = moments(Timeline.of(a.times), Timeline.of(b.times), Line.of(found.longest))
    some = slice(None, None, max(1, len(in_a) // LOOKS))
    one = whole_pictures(a, a.coefficients()[in_a[some]])
    other = whole_pictures(b, between(b.coefficients(), in_b[some]))
    return found.placement.laid(one), other


def _is_plain(pictures: Pictures, bars: Box, level: int) -> bool:
    """Whether pictures are plain, and as bright as bars, where those of another copy are."""
    picture, at = pictures.mean(axis=0), centres(pictures.shape[1])
    sides = (
        picture[at < bars.top],
        picture[at > bars.bottom],
        picture[:, at < bars.left],
        picture[:, at > bars.right],
    )
    there = [side.ravel() for side in sides if side.size]
    if not there:
        return True  # there are none, or they are narrower than what is known of the picture
    is_even = all(np.median(np.abs(side - np.median(side))) <= PLAIN for side in there)
    return is_even and abs(np.concatenate(there).mean() - level) <= AS_BRIGHT


def _inside(bars: Box) -> NDArray[np.bool_]:
    """Which points of a drawn frame are inside the bars, where they do not blur the picture."""
    at = centres(POINTS)
    rows = (at > bars.top + BLURRED) & (at < bars.bottom - BLURRED)
    columns = (at > bars.left + BLURRED) & (at < bars.right - BLURRED)
    inside: NDArray[np.bool_] = rows[:, None] & columns
    return inside


def _active_area(signature: Signature) -> float:
    return math.prod(_active_shares(signature))


def _active_shares(signature: Signature) -> tuple[float, float]:
    """Shares of the width and of the height of the frame that are inside the bars."""
    left, top, right, bottom = signature.active
    return right - left, bottom - top
