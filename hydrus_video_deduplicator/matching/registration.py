"""Registration: the exact place of one picture within the other (Lucas and Kanade 1981)."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.matching.geometry import (
    Axis,
    Placement,
    equally_sharp,
    wave_slopes,
    waves,
)
from hydrus_video_deduplicator.signature.spectrum import SIDE

POINTS = 16
"""Points along each axis at which the pictures are held against each other."""

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

ALIKE = 0.97
"""Correlation of the pictures, 0 to 1, from which coarse rounds are left out: they lie right."""

SMALLEST_STEP = 0.002
"""Share of the picture below which a step ends its round: a pixel of 500."""

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
    sharpest = SHARPNESS[-1]
    shares = np.array([x.shares(), y.shares()])
    free = _FREE if shares.prod(axis=0).min() > NARROW else _of_one_scale(x, y)
    least = min(SMALLEST_SHARE, SMALLEST_OF_FIRST * min(*x.shares(), *y.shares()))
    is_right = _likeness(*_equally_sharp(laid, other, x, y, sharpest), x, y) >= ALIKE
    for limit in (sharpest,) if is_right else SHARPNESS:
        low, wanted = _equally_sharp(laid, other, x, y, limit)
        for _ in range(STEPS):
            move = _step(low, wanted, x, y, free)
            moved = None if move is None else _moved(x, y, move, least)
            if move is None or moved is None:
                return replace(placement, x=x, y=y)
            x, y = moved
            if np.abs(move).max() < SMALLEST_STEP:
                break
    return replace(placement, x=x, y=y)


def _equally_sharp(
    a: NDArray[np.float32], b: NDArray[np.float32], x: Axis, y: Axis, limit: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Frequencies (SIDE, n, SIDE) of both, without those beyond `limit` of either."""
    of_a, of_b = equally_sharp(x, y, limit)
    return a * of_a[:, None], b * of_b[:, None]


def _of_one_scale(x: Axis, y: Axis) -> NDArray[np.float32]:
    """The directions in which both axes keep the ratio of their scales, (3, 4)."""
    return np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, x.scale, 0, y.scale]], np.float32)


_FREE = np.eye(4, dtype=np.float32)


def _step(
    a: NDArray[np.float32],
    b: NDArray[np.float32],
    x: Axis,
    y: Axis,
    free: NDArray[np.float32],
) -> NDArray[np.float64] | None:
    """One Gauss-Newton step: by how much offset and scale of x and of y should grow.

    a, b: (SIDE, n, SIDE). free: (k, 4), directions in which it may go. None if nothing says where.
    """
    (x_a, x_b), (y_a, y_b) = x.points(POINTS), y.points(POINTS)
    points = np.array([x_a, y_a, x_b, y_b])
    wave_x, down, wave_x_b, down_b = waves(points)
    slope_wave_x, slope_down = wave_slopes(points[:2])
    across = _drawn(a, np.concatenate([wave_x, slope_wave_x]))
    rows = across[..., :POINTS].reshape(SIDE, -1)
    seen, slope_y = np.concatenate([down, slope_down]).dot(rows).reshape(2, POINTS, -1, POINTS)
    slope_x = down.dot(across[..., POINTS:].reshape(SIDE, -1)).reshape(seen.shape)
    wanted = down_b.dot(_drawn(b, wave_x_b).reshape(SIDE, -1)).reshape(seen.shape)
    power = np.einsum("ijk,ijk->j", seen, seen)
    gain = np.einsum("ijk,ijk->j", seen, wanted) / np.maximum(power, np.float32(1e-6))
    gain = np.minimum(np.maximum(gain, np.float32(0.2)), np.float32(5))[:, None]
    error = (wanted - gain * seen).ravel()
    slopes = np.empty((4, *seen.shape), np.float32)
    np.multiply(slope_x, gain, out=slopes[0])
    np.multiply(slopes[0], x_b.astype(np.float32), out=slopes[1])
    np.multiply(slope_y, gain, out=slopes[2])
    np.multiply(slopes[2], y_b.astype(np.float32)[:, None, None], out=slopes[3])
    along = free @ slopes.reshape(4, -1)
    size = np.abs(error)
    weight = 1 / np.maximum(1, size / max(ROBUST * _median(size), 1e-6))
    weighted = along * weight
    normal = weighted @ along.T
    normal.flat[:: len(normal) + 1] *= 1.01
    try:
        move: NDArray[np.float64] = free.T.astype(np.float64) @ np.linalg.solve(
            normal, weighted @ error
        )
    except np.linalg.LinAlgError:
        return None
    if not np.isfinite(move).all():
        return None
    return np.clip(move, -LARGEST_STEP, LARGEST_STEP)


def _likeness(a: NDArray[np.float32], b: NDArray[np.float32], x: Axis, y: Axis) -> float:
    """Correlation of the pictures (SIDE, n, SIDE) as they lie."""
    (x_a, x_b), (y_a, y_b) = x.points(POINTS), y.points(POINTS)
    across, down, across_b, down_b = waves(np.array([x_a, y_a, x_b, y_b]))
    one = down.dot(_drawn(a, across).reshape(SIDE, -1)).ravel()
    other = down_b.dot(_drawn(b, across_b).reshape(SIDE, -1)).ravel()
    power = float(one @ one) * float(other @ other)
    return float(one @ other) / math.sqrt(max(power, 1e-12))


def _drawn(block: NDArray[np.float32], wave: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows (SIDE, n, points) of frequencies (SIDE, n, SIDE), drawn with waves (points, SIDE)."""
    drawn: NDArray[np.float32] = block.reshape(-1, SIDE).dot(wave.T)
    return drawn.reshape(*block.shape[:2], -1)


def _moved(x: Axis, y: Axis, move: NDArray[np.float64], least: float) -> tuple[Axis, Axis] | None:
    """The axes after a step, or None if it leads nowhere."""
    new_x = Axis(x.scale + float(move[1]), x.offset + float(move[0]))
    new_y = Axis(y.scale + float(move[3]), y.offset + float(move[2]))
    if min(new_x.scale, new_y.scale) <= SMALLEST_SCALE:
        return None
    if min(*new_x.shares(), *new_y.shares()) < least:
        return None
    return new_x, new_y


def _median(values: NDArray[np.float32]) -> float:
    """The median, or the value next above it."""
    half = len(values) // 2
    return float(np.partition(values, half)[half])
