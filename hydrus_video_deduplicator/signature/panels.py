"""The pictures within a picture: clips beside each other, or one shown small on another.

Neighbouring points of one picture change together. Where two pictures meet, what changes on one
side has nothing to do with what changes on the other. Straight lines of such points that enclose a
rectangle show a picture; so do steps in brightness where nothing moves.
"""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.signature.picture import Box

LOOKS = 32
"""Frames, spread over the video, in which panels are searched for."""

MOST_PANELS = 2
"""Panels of a video that are kept, at most: each takes the bytes of a video."""

LEAST_SIDE, LEAST_AREA, MOST_AREA = 0.3, 0.2, 0.85
"""Share of an axis and of the picture that a panel takes, at least and at most. A smaller one has
too few pixels, and with a larger one the whole picture is like it."""

ENCLOSED = 0.6
"""Share of each side of a panel along which the pictures must differ."""

SURE = 0.75
"""The same from which a side speaks for a panel more than against it: of two panels, one within the
other, the inner one may have a side by chance."""

MOST_LINES, LEAST_LINE = 6, 0.12
"""Straight lines of each direction that are tried as sides, and how much longer than its gaps each
must be, as a share of the picture."""

OVERLAP = 0.2
"""Share of the smaller of two panels that may lie in the other."""

BESIDE = 3
"""Pixels from a line to the points beside it that say how coherent either picture is."""

POOLED = 2
"""Rows above and below with which the changes at a point are averaged."""

LEAST_CHANGE = 3.0
"""Standard deviation over time in levels below which a point does not move."""

NOISE = 1.0
"""The same for what noise adds to both of two points."""

COHERENT = 0.3
"""Correlation of neighbouring points, at least, in a picture that moves as a whole."""

INCOHERENT, INCOHERENT_SHARE = 0.6, 0.6
"""Correlation of points on either side of a line, at most, and the same as a share of what the
points beside the line have."""

STEP, STEPPED = 6.0, 2.0
"""Levels by which two pictures that do not move differ at least where they meet, and how many times
as much as the points beside the line."""

WEIGHT_OF_STEP = 0.8
"""What a step counts, where a motion that ends counts 1: houses and windows have steps as well."""


def panels(pictures: NDArray[np.uint8]) -> list[Box]:
    """Where smaller pictures are in the pictures (n, height, width) of a video, the surest first.

    Empty where the picture is one.
    """
    _, height, width = pictures.shape
    if not len(pictures) or min(height, width) <= 2 * BESIDE + 2:
        return []
    some = pictures[:: -(-len(pictures) // LOOKS)].astype(np.float32)
    mean = some.mean(axis=0)
    moving = some - mean
    upright, lying = _seams(mean, moving), _seams(mean.T, moving.swapaxes(1, 2))
    columns, rows = [-1, *_lines(upright), width], [-1, *_lines(lying), height]
    across, down = list(combinations(columns, 2)), list(combinations(rows, 2))
    sides = np.array([(*x, *y) for x in across for y in down], np.intp).T
    boxes = sides[:, _enclosed(sides, upright, lying)]
    return _apart(
        [
            Box((left + 1) / width, (top + 1) / height, right / width, bottom / height)
            for left, right, top, bottom in boxes.T.tolist()
        ]
    )


def _enclosed(
    sides: NDArray[np.intp], upright: NDArray[np.float32], lying: NDArray[np.float32]
) -> NDArray[np.intp]:
    """Which rectangles are enclosed by seams or the border of the picture, the surest first.

    sides: (4, n), the lines left, right, above and below. upright, lying: seams (height, width) and
        (width, height).
    """
    height, width = upright.shape
    left, right, top, bottom = sides
    across, down = right - left - 1, bottom - top - 1
    columns, rows = (
        np.pad(np.cumsum(seams, axis=0), ((1, 0), (0, 0))) for seams in (upright, lying)
    )
    shares = np.stack(
        [
            *(_share(columns, at, top, bottom) for at in (left, right)),
            *(_share(rows, at, left, right) for at in (top, bottom)),
        ]
    )
    lengths = np.stack([down, down, across, across]) / [[height], [height], [width], [width]]
    high, _, wide, _ = lengths
    fits = (np.minimum(high, wide) >= LEAST_SIDE) & (high * wide >= LEAST_AREA)
    fits &= (high * wide <= MOST_AREA) & (np.nan_to_num(shares, nan=1) >= ENCLOSED).all(axis=0)
    sureness = np.nansum(lengths * (shares - SURE), axis=0)
    chosen = np.flatnonzero(fits)
    order: NDArray[np.intp] = chosen[np.argsort(-sureness[chosen], kind="stable")]
    return order


def _seams(mean: NDArray[np.float32], moving: NDArray[np.float32]) -> NDArray[np.float32]:
    """How likely it is that each point (height, width) is between two pictures, 0 to 1.

    mean: of the pictures. moving: their differences from it, (n, height, width).
    """
    power = _pooled(np.einsum("ijk,ijk->jk", moving, moving) / np.float32(len(moving)))
    before, after = power[:, :-2], power[:, 2:]
    both = np.einsum("ijk,ijk->jk", moving[:, :, :-2], moving[:, :, 2:])
    slack = np.float32(NOISE**2)
    coherent: NDArray[np.float32] = _pooled(both / np.float32(len(moving)))
    coherent /= np.sqrt((before + slack) * (after + slack))
    beside = _most_beside(coherent)
    moves = (np.maximum(before, after) > LEAST_CHANGE**2) & (beside > COHERENT)
    parted = coherent < np.minimum(INCOHERENT, INCOHERENT_SHARE * beside)
    level = _pooled(mean)
    rise = np.abs(level[:, 2:] - level[:, :-2])
    stepped = rise > np.maximum(STEP, STEPPED * _most_beside(rise))
    seams = np.where(moves, parted, np.float32(WEIGHT_OF_STEP) * stepped)
    return np.pad(seams, ((0, 0), (1, 1))).astype(np.float32)


def _most_beside(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """The larger of the values BESIDE points to the left and to the right of each."""
    width = points.shape[1]
    padded = np.pad(points, ((0, 0), (BESIDE, BESIDE)))
    return np.maximum(padded[:, :width], padded[:, -width:])


def _pooled(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of each point (height, width) and POOLED points above and below."""
    height = len(points)
    summed = np.cumsum(np.pad(points, ((1, 0), (0, 0))), axis=0)
    first = np.maximum(0, np.arange(height) - POOLED)
    last = np.minimum(height, np.arange(height) + POOLED + 1)
    means: NDArray[np.float32] = (summed[last] - summed[first]) / (last - first)[:, None]
    return means


def _lines(seams: NDArray[np.float32]) -> list[int]:
    """The columns with the longest stretches of seams, in order."""
    height = len(seams)
    balance = np.cumsum(np.pad(seams - 0.5, ((1, 0), (0, 0))), axis=0)
    longest = (balance - np.minimum.accumulate(balance, axis=0)).max(axis=0) / height
    lines: list[int] = []
    while len(lines) < MOST_LINES and longest.max() >= LEAST_LINE:
        column = int(longest.argmax())
        lines.append(column)
        longest[max(0, column - 2) : column + 3] = 0
    return sorted(lines)


def _share(
    summed: NDArray[np.float32],
    columns: NDArray[np.intp],
    firsts: NDArray[np.intp],
    lasts: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Share of each column that is a seam between two rows; NaN at the border of the picture.

    summed: the seams above each point, (height + 1, width).
    """
    is_inside = (columns >= 0) & (columns < summed.shape[1])
    at = np.where(is_inside, columns, 0)
    share = (summed[lasts, at] - summed[firsts + 1, at]) / np.maximum(1, lasts - firsts - 1)
    return np.where(is_inside, share, np.nan)


def _apart(boxes: list[Box]) -> list[Box]:
    """The first boxes that hardly overlap."""
    apart: list[Box] = []
    for box in boxes:
        overlaps = (box.shared(other) / min(box.area, other.area) for other in apart)
        if len(apart) < MOST_PANELS and all(overlap <= OVERLAP for overlap in overlaps):
            apart.append(box)
    return apart
