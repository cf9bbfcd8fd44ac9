"""What speaks for two videos being the same, once they are aligned and registered."""

import math
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

LEAST_COVERED = 0.55
"""Share of the shorter video that must agree without a long break; below, the score falls with the
square of it: a shared intro or end card is no more than a part."""

ENOUGH_COMMON = 0.45
"""Share of both pictures, in the geometric mean, that both must show for no penalty. Two sides
cropped to 80% twice leave 0.41; a slice of a third of the other picture is all there: 0.57."""

NARROW = 1.5
"""How much stricter the pictures are judged where hardly anything of them is common, 0 or more."""

PARTIAL = 1.0
"""The same where hardly any of the time is common."""

LEAST_COMMON = 0.2
"""Share of either picture that both must show at least. A film of 16:9 in a portrait frame of 9:16
leaves 0.32, one that is shown at half its size 0.25."""

NATURAL = 0.1
"""Distortion (natural logarithm of the ratio of the scales of both axes) that costs a pair nothing.
True pairs are registered to 0.03, nine in ten, and to 0.08, 99 in a hundred."""

UNNATURAL = 0.5
"""Distortion from which nothing is left of the score."""

FEW_MODES = 0.8
"""How much stricter a motion of one single mode is judged, 0 or more: a slow push or a fade is as
one picture that comes and goes, and two of them agree by chance."""

FEW_FRAMES = 3.0
"""Frames at which a motion is judged twice as strictly as in a long video: two people who make one
gesture in one room move alike for a second."""

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
    common, held: shares of the two pictures that both show, 0 to 1, the lesser first.
    distortion: natural logarithm of the ratio of the scales of both axes.
    frames: number of frames compared.
    modes: effective number of pictures that the motion is made of.
    """

    appearance: float
    motion: float
    movement: float
    covered: float
    common: float
    held: float
    distortion: float
    frames: int
    modes: float

    def parts(self) -> dict[str, float]:
        """What the score is made of, 0 to 1 each: the lesser of the first two, times the rest."""
        strictness = 1 + (STRICTNESS - 1) * (1 - self.movement)
        shown = math.sqrt(self.common * self.held)
        narrow = 1 + NARROW * max(0.0, 1 - shown / ENOUGH_COMMON)
        narrow += PARTIAL * max(0.0, 1 - self.covered)
        few = (1 + FEW_MODES / max(1.0, self.modes)) * (1 + FEW_FRAMES / self.frames)
        parts = {
            "appearance": 1 - narrow * strictness * (1 - self.appearance),
            "motion": 1 - narrow * few * (1 - self.motion),
            "coverage": (self.covered / LEAST_COVERED) ** 2,
            "common picture": self.common / LEAST_COMMON,
            "shape": (UNNATURAL - self.distortion) / (UNNATURAL - NATURAL),
        }
        return {name: min(1.0, max(0.0, part)) for name, part in parts.items()}

    def score(self) -> float:
        """0 to 1: the least of appearance and motion, lowered for what is missing."""
        appearance, motion, coverage, common, shape = self.parts().values()
        return min(appearance, motion) * coverage * common * shape

    def likeness(self) -> tuple[float, float]:
        """Appearance and motion as parts of the score, 0 to 1."""
        appearance, motion, *_ = self.parts().values()
        return appearance, motion


def weigh(
    a: NDArray[np.float32],
    b: NDArray[np.float32],
    overlap: float = 1.0,
    placement: Placement = Placement(),  # noqa: B008
    distortion: float = 0.0,
) -> Evidence:
    """Compare levelled pictures, (n, TILES², points) each, of the same moments.

    b's are `placement` of a's. overlap: share of the shorter video that they span and that could be
    decoded of both.
    """
    count, size = len(a), a[0].size
    pictures = _products(a, b)
    frames = pictures.sum(axis=2)
    contrast = float(frames[1:].sum(axis=1).min()) / count / size
    weights = _frame_weights(frames, size)
    broken = _longest_run(_frame_likeness(frames * weights, size) < AGREEING) / count
    moving_a = _moving(a)
    motions = _products(moving_a, _moving(b))
    power = motions.sum(axis=2)
    moving = float(power[1:].sum(axis=1).min()) / count / size
    noise = NOISE / max(NOISE, math.sqrt(contrast))
    common, held = sorted(placement.areas())
    return Evidence(
        appearance=_best_tiles(weights @ pictures),
        motion=_best_tiles(weights @ motions + noise**2 * size / TILES**2 * count),
        movement=moving / (moving + NOISE**2),
        covered=min(1.0, overlap) * (1 - broken),
        common=common,
        held=held,
        distortion=distortion,
        frames=count,
        modes=_modes(moving_a, weights, float(weights @ power[1])),
    )


def tiled(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pictures (n, side, side) as tiles (n, TILES², points)."""
    count, side, _ = pictures.shape
    part = side // TILES
    tiles = pictures.reshape(count, TILES, part, TILES, part).swapaxes(2, 3)
    return tiles.reshape(count, TILES * TILES, part * part)


def _products(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scalar products of A and B, A and A, B and B in each tile of each frame, (3, n, tiles)."""
    products = np.empty((3, *a.shape[:2]), np.float32)
    for (one, other), product in zip(((a, b), (a, a), (b, b)), products, strict=True):
        np.einsum("ijk,ijk->ij", one, other, out=product)
    return products


def _moving(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    """What is left of the frames (n, tiles, points) without their mean."""
    moving: NDArray[np.float32] = tiles - tiles.sum(axis=0) / np.float32(len(tiles))
    return moving


def levelled(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pictures (n, TILES², points) without their means, and all of one contrast but for faint ones.

    A fade or a slow change of the light then is no difference.
    """
    flat = tiles.reshape(len(tiles), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    power = np.einsum("ij,ij->i", flat, flat)
    mean = power.mean() + np.float32(1e-6)
    flat *= np.sqrt(mean / (power + FAINT**2 * mean))[:, None]
    level: NDArray[np.float32] = flat.reshape(tiles.shape)
    return level


def _frame_weights(frames: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """What brings the power of the frames to one level, (n,): each moment counts alike.

    Otherwise a bright intro would outweigh all that follows. Faint frames stay faint.
    frames: products (3, n). size: points of a picture.
    """
    power = np.minimum(frames[1], frames[2]) / np.float32(size)
    weights: NDArray[np.float32] = power / np.square(power.mean() + np.float32(1e-6))
    return weights


def _best_tiles(products: NDArray[np.float32]) -> float:
    """Correlation over the most alike tiles, each weighted by its contrast; products: (3, tiles).

    Differences are forgiven as far as a power that was added to all products explains them.
    """
    product, power_a, power_b = products
    power = np.sqrt(power_a * power_b)
    likeness = product / np.maximum(power, 1e-6)
    chosen = np.argsort(-likeness)[: round(BEST_TILES * len(likeness))]
    return float(product[chosen].sum() / max(power[chosen].sum(), 1e-6))


def likeness_of_pairs(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Correlation of each picture of A with that of B, levelled; two faint ones are alike.

    a, b: (n, TILES², points). Returns float32 (n,).
    """
    size = a[0].size
    frames = np.array([np.einsum("ijk,ijk->i", *both) for both in ((a, b), (a, a), (b, b))])
    return _frame_likeness(frames * _frame_weights(frames, size), size)


def _frame_likeness(frames: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Correlation of each frame of A with its counterpart, (n,), from products (3, n)."""
    product, power_a, power_b = frames + FAINT**2 * size
    alike: NDArray[np.float32] = product / np.sqrt(power_a * power_b)
    return alike


def _longest_run(true: NDArray[np.bool_]) -> int:
    """Length of the longest run of true values."""
    ends = np.flatnonzero(np.diff(np.concatenate([[False], true, [False]])))
    return int((ends[1::2] - ends[::2]).max(initial=0))


def _modes(moving: NDArray[np.float32], weights: NDArray[np.float32], power: float) -> float:
    """Participation ratio of the eigenvalues of the products of weighted frames.

    power: the weighted sum of the power of the frames, which is the sum of the eigenvalues.
    """
    flat = moving.reshape(len(moving), -1) * np.sqrt(weights)[:, None]
    count, points = flat.shape
    products = (flat @ flat.T if count <= points else flat.T @ flat).ravel()
    return power**2 / max(float(products @ products), 1e-6)
