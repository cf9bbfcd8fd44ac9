"""What pictures have in common, drawn from their frequencies: of one pair, or of many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.matching.evidence import levelled, tiled
from hydrus_video_deduplicator.matching.geometry import (
    FREQUENCIES,
    HEIGHTS,
    TURNS,
    Axis,
    Placement,
    pictures,
)
from hydrus_video_deduplicator.signature.spectrum import SIDE, centres

DRAWINGS_KEPT = 256
"""Drawings of single pairs that are kept: those of all videos of one shape are the same before
registration."""

GRID = 16
"""Points along each axis at which two pictures are compared."""

SHARPEST = 10.0
"""Half cycles a picture around which finer detail fades out of the verdict: compression, noise and
blur change it most."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """The waves that draw what each of some pairs (p) has in common, x before y.

    a, b: float32 (p, 2, points, SIDE), of A and of B. slopes: likewise, those of `a`.
    on_b: float32 (p, 2, points), where the points lie on B's axes.
    """

    a: NDArray[np.float32]
    b: NDArray[np.float32]
    slopes: NDArray[np.float32]
    on_b: NDArray[np.float32]

    @classmethod
    def of(
        cls, axes: Sequence[tuple[Axis, Axis]], limits: Sequence[float], count: int
    ) -> "Drawing":
        """Of pairs that lie so along x and y, at `count` points along each axis.

        limits: half cycles a picture around which finer detail fades out, of whichever of the two
            shows the common part smaller: only the other one has it.
        """
        scale, offset = np.moveaxis(
            np.array([[(x.scale, x.offset), (y.scale, y.offset)] for x, y in axes]), 2, 0
        )
        sharp = np.array([(x.sharp(), y.sharp()) for x, y in axes])
        first, last = sharp[..., :1], sharp[..., 1:]
        on_b = first + (last - first) * centres(count)
        on_a = offset[..., None] + scale[..., None] * on_b
        size = np.stack([np.maximum(1, scale), 1 / np.minimum(1, scale)], axis=1)
        size /= np.array(limits)[:, None, None]
        fading = FREQUENCIES * size[..., None].astype(np.float32)
        weights = HEIGHTS * np.exp(-fading * fading)
        angles = np.stack([on_a, on_b], axis=1).astype(np.float32)[..., None] * TURNS
        waves = np.cos(angles)
        waves *= weights[..., None, :]
        slopes = np.sin(angles[:, 0])
        slopes *= (-TURNS * weights[:, 0])[..., None, :]
        return cls(waves[:, 0], waves[:, 1], slopes, on_b.astype(np.float32))


@lru_cache(DRAWINGS_KEPT)
def _drawing(x: Axis, y: Axis, limit: float, count: int) -> Drawing:
    """Of one pair."""
    return Drawing.of([(x, y)], [limit], count)


def common_pictures(
    a: NDArray[np.float32],
    b: NDArray[np.float32],
    placement: Placement,
    limit: float,
    count: int = GRID,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What both show of A and B (frequencies, n and m frames), (n, count, count), (m, ...).

    limit: see `Drawing.of`.
    """
    drawing = _drawing(placement.x, placement.y, limit, count)
    return pictures(placement.lay(a), *drawing.a[0]), pictures(b, *drawing.b[0])


def whole_pictures(
    frames: NDArray[np.float32], limit: float, count: int = GRID
) -> NDArray[np.float32]:
    """As `common_pictures`, of one video whose whole picture both show."""
    return pictures(frames, *_drawing(Axis(), Axis(), limit, count).a[0])


def across(frames: NDArray[np.float32], waves: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of frames (p, SIDE, n, SIDE) with waves (p, points, SIDE), (p, SIDE, n * points)."""
    pairs, _, count, _ = frames.shape
    drawn = np.matmul(frames.reshape(pairs, SIDE * count, SIDE), waves.swapaxes(1, 2))
    rows: NDArray[np.float32] = drawn.reshape(pairs, SIDE, -1)
    return rows


@dataclass(frozen=True, slots=True)
class Framed:
    """Frames of one moment each of A and of B, and how they lie.

    a, b: whitened frequencies, float32 (n, SIDE, SIDE).
    """

    a: NDArray[np.float32]
    b: NDArray[np.float32]
    placement: Placement


Pictures = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Levelled pictures of A and of B, float32 (n, TILES², points) each."""


def show(wanted: Sequence[Framed]) -> list[Pictures]:
    """What both show of the frames; all of as many."""
    axes = [(each.placement.x, each.placement.y) for each in wanted]
    drawing = Drawing.of(axes, [SHARPEST] * len(axes), GRID)
    a = np.stack([each.placement.lay(each.a) for each in wanted])
    b = np.stack([each.b for each in wanted])
    one, other = (levelled(tiled(_pictures(*side))) for side in ((a, drawing.a), (b, drawing.b)))
    return list(zip(one, other, strict=True))


def _pictures(frames: NDArray[np.float32], waves: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pictures (p, n, y, x) of frames (p, n, SIDE, SIDE) with waves (p, 2, points, SIDE)."""
    pairs, count = frames.shape[:2]
    rows = np.matmul(frames.reshape(pairs, -1, SIDE), waves[:, 0].swapaxes(1, 2))
    drawn: NDArray[np.float32] = np.matmul(waves[:, 1, None], rows.reshape(pairs, count, SIDE, -1))
    return drawn
