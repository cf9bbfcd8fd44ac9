"""Registration: the exact place of one picture within the other (Lucas and Kanade 1981)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.matching.geometry import (
    MATRICES_KEPT,
    Axis,
    Placement,
    equally_sharp,
    wave_slopes,
    waves,
)
from hydrus_video_deduplicator.signature.spectrum import SIDE

POINTS = 16
"""Points along each axis at which the pictures are compared."""

SHARPNESS = (4.0, 6.0, 9.0)
"""Frequencies up to which the pictures are compared, round by round: coarse ones first, because a
shift is found from at most half a wave away."""

STEPS = 2
"""Steps in each round."""

LARGEST_STEP = 0.06
"""Share of the picture by which one step may move a border."""

NARROW = 0.6
"""Share of either picture that both show, up to which the axes keep the ratio of their scales: so
little says too little of both."""

ALIKE = 0.85
"""Correlation of the pictures, 0 to 1, from which coarse rounds are left out: they lie nearly
right."""

SMALLEST_STEP = 0.008
"""Share of the picture below which a step ends its round: what the next one would add is a tenth of
it."""

SMALLEST_SCALE = 0.2
"""Scale of an axis at which the search has gone astray."""

SMALLEST_SHARE, SMALLEST_OF_FIRST = 0.5, 0.8
"""Share of either axis that both pictures must show, and the same as a share of what they show in
the placement from which the search starts: a much smaller part is not looked for."""

ROBUST = 1.5
"""Deviations (as a multiple of the median) from which a point counts less: logos, texts."""


def register(a: NDArray[np.float32], b: NDArray[np.float32], placement: Placement) -> Placement:
    """The placement near `placement` at which frame i of A best shows frame i of B.

    a, b: whitened frequencies, float32 (n, SIDE, SIDE), of frames of one moment each.
    """
    # Rows first, frames second: so each step is a few products of two large matrices.
    laid = placement.lay(a).transpose(1, 0, 2)
    other = b.transpose(1, 0, 2)
    x, y = placement.x, placement.y
    shares = np.array([x.shares(), y.shares()])
    free = _FREE if shares.prod(axis=0).min() > NARROW else _of_one_scale(x, y)
    least = min(SMALLEST_SHARE, SMALLEST_OF_FIRST * min(*x.shares(), *y.shares()))
    first = _Step.at(laid, other, x, y, SHARPNESS[-1], free)
    rounds: Sequence[float] = SHARPNESS
    if first.likeness >= ALIKE:
        if (moved := first.moved(x, y, least)) is None:
            return placement
        x, y = moved
        rounds = () if first.is_small else SHARPNESS[-1:]
    for limit in rounds:
        for _ in range(STEPS):
            step = _Step.at(laid, other, x, y, limit, free)
            if (moved := step.moved(x, y, least)) is None:
                return replace(placement, x=x, y=y)
            x, y = moved
            if step.is_small:
                break
    return replace(placement, x=x, y=y)


def _of_one_scale(x: Axis, y: Axis) -> NDArray[np.float32]:
    """The directions in which both axes keep the ratio of their scales, (3, 4)."""
    larger = max(x.scale, y.scale)
    together = [0, x.scale / larger, 0, y.scale / larger]
    return np.array([[1, 0, 0, 0], [0, 0, 1, 0], together], np.float32)


_FREE = np.eye(4, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Step:
    """One Gauss-Newton step: by how much offset and scale of x and of y should grow, (4,).

    move: None if nothing says where. likeness: correlation of the pictures before it.
    """

    move: NDArray[np.float64] | None
    likeness: float

    @classmethod
    def at(  # noqa: PLR0917
        cls,
        a: NDArray[np.float32],
        b: NDArray[np.float32],
        x: Axis,
        y: Axis,
        limit: float,
        free: NDArray[np.float32],
    ) -> "_Step":
        """From frequencies (SIDE, n, SIDE) of both, without those beyond `limit` of either.

        free: (k, 4), directions in which it may go.
        """
        of_a, of_b = equally_sharp(x, y, limit)
        across_a, down_a, across_b, down_b, x_b, y_b = _drawing(x, y)
        across = _drawn(a * of_a[:, None], across_a)
        rows = across[..., :POINTS].reshape(SIDE, -1)
        seen, slope_y = down_a.dot(rows).reshape(2, POINTS, -1, POINTS)
        slope_x = down_a[:POINTS].dot(across[..., POINTS:].reshape(SIDE, -1)).reshape(seen.shape)
        wanted = down_b.dot(_drawn(b * of_b[:, None], across_b).reshape(SIDE, -1)).reshape(
            seen.shape
        )
        power = np.einsum("ijk,ijk->j", seen, seen)
        product = np.einsum("ijk,ijk->j", seen, wanted)
        both = float(power.sum()) * float(np.vdot(wanted, wanted))
        likeness = float(product.sum()) / math.sqrt(max(both, 1e-12))
        gain = product / np.maximum(power, np.float32(1e-6))
        gain = np.minimum(np.maximum(gain, np.float32(0.2)), np.float32(5))[:, None]
        error = (wanted - gain * seen).ravel()
        slopes = np.empty((4, *seen.shape), np.float32)
        np.multiply(slope_x, gain, out=slopes[0])
        np.multiply(slopes[0], x_b, out=slopes[1])
        np.multiply(slope_y, gain, out=slopes[2])
        np.multiply(slopes[2], y_b, out=slopes[3])
        return cls(_solved(free, slopes.reshape(4, -1), error), likeness)

    @property
    def is_small(self) -> bool:
        """Whether no further one at this sharpness is worth while."""
        return self.move is not None and bool(np.abs(self.move).max() < SMALLEST_STEP)

    def moved(self, x: Axis, y: Axis, least: float) -> tuple[Axis, Axis] | None:
        """The axes after the step, or None if it leads nowhere."""
        if self.move is None:
            return None
        offset_x, scale_x, offset_y, scale_y = self.move.tolist()
        new_x = Axis(x.scale + scale_x, x.offset + offset_x)
        new_y = Axis(y.scale + scale_y, y.offset + offset_y)
        if min(new_x.scale, new_y.scale) <= SMALLEST_SCALE:
            return None
        if min(*new_x.shares(), *new_y.shares()) < least:
            return None
        return new_x, new_y


def _solved(
    free: NDArray[np.float32], slopes: NDArray[np.float32], error: NDArray[np.float32]
) -> NDArray[np.float64] | None:
    """The step, (4,), along which the slopes (4, points) take most of the error (points,) away."""
    along = slopes if free is _FREE else free @ slopes
    size = np.abs(error)
    weight = 1 / np.maximum(1, size / max(ROBUST * _median(size), 1e-6))
    weighted = along * weight
    normal = weighted @ along.T
    normal.flat[:: len(normal) + 1] *= 1.01
    try:
        found = np.linalg.solve(normal, weighted @ error)
    except np.linalg.LinAlgError:
        return None
    if not np.isfinite(found).all():
        return None
    move: NDArray[np.float64] = free.T.astype(np.float64) @ found.clip(-LARGEST_STEP, LARGEST_STEP)
    return move


@lru_cache(MATRICES_KEPT)
def _drawing(x: Axis, y: Axis) -> tuple[NDArray[np.float32], ...]:
    """What draws the common part of A, with its slopes, and of B; and its points on B's axes."""
    (x_a, x_b), (y_a, y_b) = x.points(POINTS), y.points(POINTS)
    wave_x, down, wave_x_b, down_b = waves(np.array([x_a, y_a, x_b, y_b]))
    slope_wave_x, slope_down = wave_slopes(np.array([x_a, y_a]))
    return (
        np.concatenate([wave_x, slope_wave_x]),
        np.concatenate([down, slope_down]),
        wave_x_b,
        down_b,
        x_b.astype(np.float32),
        y_b.astype(np.float32)[:, None, None],
    )


def _drawn(block: NDArray[np.float32], wave: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows (SIDE, n, points) of frequencies (SIDE, n, SIDE), drawn with waves (points, SIDE)."""
    drawn: NDArray[np.float32] = block.reshape(-1, SIDE).dot(wave.T)
    return drawn.reshape(*block.shape[:2], -1)


def _median(values: NDArray[np.float32]) -> float:
    """The median, or the value next above it."""
    half = len(values) // 2
    return float(np.partition(values, half)[half])
