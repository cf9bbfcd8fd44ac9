"""What speaks for two videos being the same, once they are aligned and registered."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.matching.geometry import Placement

TILES = 4
"""Tiles along each axis that are compared by themselves."""

BEST_TILES = 0.7
"""Share of the tiles that count, the most alike first: a logo, a subtitle or a large text may
spoil the rest."""

NOISE = 3.0
"""Root mean square, in whitened levels, that compression may add to a point of a picture: motion
below it is no evidence for or against."""

AGREEING = 0.5
"""Correlation from which two frames of one moment count as showing the same."""

FAINT = 0.2
"""Contrast of a frame, as a share of the video's, below which it says little: the dark end of a
fade is neither alike nor unlike."""

LEAST_COVERED = 0.8
"""Share of the shorter video that must agree without a long break; below, the score falls with the
square of it: a shared intro or end card is no more than a part."""

LEAST_COMMON = 0.45
"""Share of either picture that both must show; two sides cropped to 80% twice leave 0.41."""

NATURAL = 0.1
"""Distortion (natural logarithm of the ratio of the scales of both axes) that is not held against a
pair. True pairs are registered to 0.03, nine in ten, and to 0.08, 99 in a hundred."""

UNNATURAL = 0.5
"""Distortion from which nothing is left of the score."""

FEW_MODES = 0.8
"""How much stricter a motion of one single mode is judged, 0 or more: a slow push or a fade is as
one picture that comes and goes, and two of them agree by chance."""

STRICTNESS = 6.0
"""Factor on what is missing from the likeness of two videos in which nothing moves, 1 or more:
there, only the picture speaks, and a static camera shows the same for hours."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Findings on two videos over the frames of one moment.

    appearance: correlation of the pictures, -1 to 1, over the most alike tiles.
    motion: correlation of what is left of the pictures without their mean over time, likewise.
    movement: share of noise and motion that is motion, 0 to 1.
    covered: share of the shorter video that agrees, but for single frames, 0 to 1.
    common: share of the picture that both show, 0 to 1.
    distortion: natural logarithm of the ratio of the scales of both axes.
    frames: number of frames compared.
    modes: effective number of pictures that the motion is made of.
    """

    appearance: float
    motion: float
    movement: float
    covered: float
    common: float
    distortion: float
    frames: int
    modes: float

    def parts(self) -> dict[str, float]:
        """What the score is made of, 0 to 1 each: the lesser of the first two, times the rest."""
        strictness = 1 + (STRICTNESS - 1) * (1 - self.movement)
        shape = (UNNATURAL - self.distortion) / (UNNATURAL - NATURAL)
        parts = {
            "appearance": 1 - strictness * (1 - self.appearance),
            "motion": 1 - (1 + FEW_MODES / max(1.0, self.modes)) * (1 - self.motion),
            "coverage": (self.covered / LEAST_COVERED) ** 2,
            "common picture": self.common / LEAST_COMMON,
            "shape": shape,
        }
        return {name: min(1.0, max(0.0, part)) for name, part in parts.items()}

    def score(self) -> float:
        """0 to 1: the least of appearance and motion, lowered for what is missing."""
        appearance, motion, coverage, common, shape = self.parts().values()
        return min(appearance, motion) * coverage * common * shape


def weigh(
    a: NDArray[np.float32],
    b: NDArray[np.float32],
    overlap: float,
    placement: Placement,
    distortion: float,
) -> Evidence:
    """Compare pictures, (n, side, side) each, of the same moments, b's being `placement` of a's.

    overlap: share of the shorter video that they span.
    """
    tiles_a, tiles_b = _tiles(a), _tiles(b)
    contrast = min(np.square(tiles_a).mean(), np.square(tiles_b).mean())
    motion_a, motion_b = _moving(tiles_a), _moving(tiles_b)
    moving = float(min(np.square(motion_a).mean(), np.square(motion_b).mean()))
    weights = _frame_weights(tiles_a, tiles_b)
    tiles_a, tiles_b, motion_a, motion_b = (
        tiles * weights for tiles in (tiles_a, tiles_b, motion_a, motion_b)
    )
    noise = NOISE / max(NOISE, float(np.sqrt(contrast)))
    broken = _longest_run(_frame_likeness(tiles_a, tiles_b) < AGREEING) / len(a)
    shares = np.array([placement.x.shares(), placement.y.shares()])
    return Evidence(
        appearance=_best_tiles(tiles_a, tiles_b, 0.0),
        motion=_best_tiles(motion_a, motion_b, noise),
        movement=moving / (moving + NOISE**2),
        covered=min(1.0, overlap) * (1 - broken),
        common=float(shares.prod(axis=0).min()),
        distortion=distortion,
        frames=len(a),
        modes=_modes(motion_a),
    )


def _moving(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    """What is left of the frames of tiles (tiles, n, points) without their mean."""
    mean = tiles.sum(axis=1, keepdims=True) / np.float32(tiles.shape[1])
    moving: NDArray[np.float32] = tiles - mean
    return moving


def _frame_weights(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """What brings the frames (tiles, n, points) to one contrast, (n, 1): each moment counts alike.

    Otherwise a bright intro would outweigh all that follows. Faint frames stay faint.
    """
    power = (np.square(a) + np.square(b)).mean(axis=(0, 2)) / 2
    weights: NDArray[np.float32] = 1 / np.sqrt(power + FAINT**2 * power.mean() + np.float32(1e-6))
    return weights[:, None]


def _tiles(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pictures (n, side, side) as tiles (TILES², n, points), without the mean of each picture."""
    pictures = pictures - pictures.mean(axis=(1, 2), keepdims=True)
    count, side, _ = pictures.shape
    part = side // TILES
    tiled = pictures.reshape(count, TILES, part, TILES, part).transpose(1, 3, 0, 2, 4)
    return tiled.reshape(TILES * TILES, count, part * part)


def _best_tiles(a: NDArray[np.float32], b: NDArray[np.float32], noise: float) -> float:
    """Correlation over the most alike tiles, each weighted by its contrast.

    Differences are forgiven as far as `noise` explains them.
    """
    slack = noise**2 * a[0].size
    product = np.einsum("ijk,ijk->i", a, b) + slack
    power_a, power_b = (np.einsum("ijk,ijk->i", tile, tile) for tile in (a, b))
    power = np.sqrt((power_a + slack) * (power_b + slack))
    likeness = product / np.maximum(power, 1e-6)
    chosen = np.argsort(-likeness)[: round(BEST_TILES * len(likeness))]
    return float(product[chosen].sum() / max(power[chosen].sum(), 1e-6))


def _frame_likeness(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Correlation of each frame of A with its counterpart, (n,); two faint frames are alike."""
    slack = FAINT**2 * a.shape[0] * a.shape[2]
    product = np.einsum("ijk,ijk->j", a, b) + slack
    power = (np.einsum("ijk,ijk->j", a, a) + slack) * (np.einsum("ijk,ijk->j", b, b) + slack)
    alike: NDArray[np.float32] = product / np.sqrt(power)
    return alike


def _longest_run(true: NDArray[np.bool_]) -> int:
    """Length of the longest run of true values."""
    ends = np.flatnonzero(np.diff(np.concatenate([[False], true, [False]])))
    return int((ends[1::2] - ends[::2]).max(initial=0))


def _modes(motion: NDArray[np.float32]) -> float:
    """Participation ratio of the eigenvalues of the frames' products."""
    flat = motion.swapaxes(0, 1).reshape(motion.shape[1], -1)
    products = flat @ flat.T
    return float(np.trace(products) ** 2 / max(np.square(products).sum(), 1e-6))
