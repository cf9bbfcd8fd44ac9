"""Registration: the exact place of one picture within the other (Lucas and Kanade 1981)."""

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.matching.geometry import Axis, Placement, pictures
from hydrus_video_deduplicator.signature.spectrum import RADIUS, SIDE, ZONE, basis

POINTS = 16
"""Points along each axis at which the pictures are held against each other."""

SHARPNESS = (4.0, 6.0, 9.0)
"""Frequencies up to which the pictures are compared, round by round: coarse ones first, because a
shift is found from at most half a wave away."""

STEPS = 2
"""Steps in each round."""

LARGEST_STEP = 0.06
"""Share of the picture by which one step may move a border."""

SMALLEST_SHARE = 0.5
"""Share of either axis that both pictures must show; a smaller part is not looked for."""

ROBUST = 1.5
"""Deviations (as a multiple of the median) from which a point counts less: logos, texts."""


def lowpass(limit: float) -> NDArray[np.float32]:
    """Weights (SIDE, SIDE) that fade frequencies out around `limit` half cycles a picture."""
    weights = np.zeros(SIDE * SIDE, np.float32)
    weights[ZONE] = np.exp(-np.square(RADIUS / limit))
    return weights.reshape(SIDE, SIDE)


_LOWPASS = tuple(lowpass(limit) for limit in SHARPNESS)


def register(a: NDArray[np.float32], b: NDArray[np.float32], placement: Placement) -> Placement:
    """The placement near `placement` at which frame i of A best shows frame i of B.

    a, b: whitened frequencies, float32 (n, SIDE, SIDE), of frames of one moment each.
    """
    laid = placement.orientation.apply(a)
    x, y = placement.x, placement.y
    for weights in _LOWPASS:
        for _ in range(STEPS):
            moved = _step(laid * weights, b * weights, x, y)
            if moved is None:
                return Placement(placement.orientation, x, y)
            x, y = moved
    return Placement(placement.orientation, x, y)


def _step(
    a: NDArray[np.float32], b: NDArray[np.float32], x: Axis, y: Axis
) -> tuple[Axis, Axis] | None:
    """One Gauss-Newton step of the four numbers of x and y, or None if it leads nowhere."""
    x_a, x_b = x.points(POINTS)
    y_a, y_b = y.points(POINTS)
    across, down = basis(x_a), basis(y_a)
    seen = down @ a @ across.T
    slope_x = (down @ a @ _basis_slope(x_a).T).reshape(-1)
    slope_y = (_basis_slope(y_a) @ a @ across.T).reshape(-1)
    wanted = pictures(b, x_b, y_b)
    gain = (seen * wanted).sum(axis=(1, 2)) / np.maximum(np.square(seen).sum(axis=(1, 2)), 1e-6)
    gain = np.clip(gain, 0.2, 5)[:, None, None]
    error = (wanted - gain * seen).reshape(-1)
    scale = np.broadcast_to(gain, seen.shape).reshape(-1)
    at_x = np.broadcast_to(x_b.astype(np.float32), seen.shape).reshape(-1)
    at_y = np.broadcast_to(y_b.astype(np.float32)[:, None], seen.shape).reshape(-1)
    slopes = scale * np.stack([slope_x, slope_x * at_x, slope_y, slope_y * at_y])
    size = np.abs(error)
    weight = 1 / np.maximum(1, size / max(ROBUST * float(np.median(size)), 1e-6))
    normal = (slopes * weight) @ slopes.T
    normal[np.diag_indices(4)] *= 1.01
    try:
        move = np.linalg.solve(normal, (slopes * weight) @ error)
    except np.linalg.LinAlgError:
        return None
    if not np.isfinite(move).all():
        return None
    move = np.clip(move, -LARGEST_STEP, LARGEST_STEP)
    new_x = Axis(x.scale + float(move[1]), x.offset + float(move[0]))
    new_y = Axis(y.scale + float(move[3]), y.offset + float(move[2]))
    if min(new_x.scale, new_y.scale) <= 0.2:
        return None
    if min(*new_x.shares(), *new_y.shares()) < SMALLEST_SHARE:
        return None
    return new_x, new_y


def _basis_slope(points: NDArray[np.float64]) -> NDArray[np.float32]:
    """Slope of each cosine of `basis` at the points, (points, SIDE)."""
    k = np.arange(SIDE)
    slope: NDArray[np.float64] = -np.sqrt(2) * np.pi * k * np.sin(np.pi * np.outer(points, k))
    return slope.astype(np.float32)
