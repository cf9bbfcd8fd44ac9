"""The two pictures that a video may be known by: the one inside its bars, and the whole frame.

Bars that somebody added hide the copy in the whole frame; but where a drawing stands on a plain
ground, its margins look like bars, and only the whole frame is the same in a copy with a logo.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.matching.geometry import (
    Axis,
    Orientation,
    Placement,
    pictures,
    waves,
)
from hydrus_video_deduplicator.signature import Signature
from hydrus_video_deduplicator.signature.spectrum import RADIUS, analyse, blocks, centres

POINTS = 32
"""Points along each axis at which the whole frame is drawn, twice the frequencies kept."""


def has_bars(signature: Signature) -> bool:
    """Whether the whole frame is more than the active picture."""
    left, top, right, bottom = signature.active
    return (left, top, right, bottom) != (0, 0, 1, 1)


def whole_frames(signature: Signature, coefficients: NDArray[np.float32]) -> NDArray[np.float32]:
    """Whitened frequencies (n, 135) of the whole frames whose active part has `coefficients`."""
    x, y = _box_axes(signature)
    along = centres(POINTS)
    inside_x, inside_y = (along - x.offset) / x.scale, (along - y.offset) / y.scale
    drawn = pictures(blocks(coefficients / RADIUS), waves(inside_x), waves(inside_y))
    level = np.float32(signature.luma.mean())
    inside = ((inside_y > 0) & (inside_y < 1))[:, None] & ((inside_x > 0) & (inside_x < 1))
    return analyse(np.where(inside, drawn + level, np.float32(signature.surround)))[1]


def between_active(placement: Placement, a: Signature | None, b: Signature | None) -> Placement:
    """The placement of active picture in active picture, from one of whole frames.

    a, b: the videos whose whole frame is meant, None where it is the active picture already.
    """
    if a is None and b is None:
        return placement
    x_a, y_a = _laid(_box_axes(a), placement.orientation)
    x_b, y_b = _box_axes(b)
    return replace(placement, x=_within(placement.x, x_a, x_b), y=_within(placement.y, y_a, y_b))


def _within(axis: Axis, a: Axis, b: Axis) -> Axis:
    """Where b's part lies on a's part, if the wholes lie as `axis` says."""
    scale = axis.scale * b.scale / a.scale
    return Axis(scale, (axis.offset + axis.scale * b.offset - a.offset) / a.scale)


def _box_axes(signature: Signature | None) -> tuple[Axis, Axis]:
    """Where the active picture lies on the axes of the whole frame."""
    if signature is None:
        return Axis(), Axis()
    left, top, right, bottom = signature.active
    return Axis(right - left, left), Axis(bottom - top, top)


def _laid(axes: tuple[Axis, Axis], orientation: Orientation) -> tuple[Axis, Axis]:
    x, y = axes[::-1] if orientation.transposed else axes
    return x.flipped() if orientation.flipped_x else x, (
        y.flipped() if orientation.flipped_y else y
    )
