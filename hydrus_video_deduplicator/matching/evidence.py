"""What speaks for two videos being the same, once they are aligned and registered."""

import math
from collections.abc import Sequence
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

FEW_PICTURES = 4.0
"""Different pictures at which a motion is judged twice as strictly as in a long video, and at half
as many five times: two people who make one gesture in one room move alike for a second, and the
slides of two lectures that follow one template are laid out alike."""

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
    pictures: effective number of different pictures among the frames, 1 or more.
    modes: effective number of pictures that the motion is made of.
    """

    appearance: float
    motion: float
    movement: float
    covered: float
    common: float
    held: float
    distortion: float
    pictures: float
    modes: float

    def parts(self) -> dict[str, float]:
        """What the score is made of, 0 to 1 each: the lesser of the first two, times the rest."""
        names = "appearance", "motion", "coverage", "common picture", "shape"
        return dict(zip(names, self._parts(), strict=True))

    def _parts(self) -> list[float]:
        strictness = 1 + (STRICTNESS - 1) * (1 - self.movement)
        shown = math.sqrt(self.common * self.held)
        narrow = 1 + NARROW * max(0.0, 1 - shown / ENOUGH_COMMON)
        narrow += PARTIAL * max(0.0, 1 - self.covered)
        few = 1 + self.movement * (FEW_PICTURES / self.pictures) ** 2
        few *= 1 + FEW_MODES / max(1.0, self.modes)
        parts = (
            1 - narrow * strictness * (1 - self.appearance),
            1 - narrow * few * (1 - self.motion),
            (self.covered / LEAST_COVERED) ** 2,
            self.common / LEAST_COMMON,
            (UNNATURAL - self.distortion) / (UNNATURAL - NATURAL),
        )
        return [min(1.0, max(0.0, part)) for part in parts]

    def score(self) -> float:
        """0 to 1: the least of appearance and motion, lowered for what is missing."""
        appearance, motion, coverage, common, shape = self._parts()
        return min(appearance, motion) * coverage * common * shape

    def likeness(self) -> tuple[float, float]:
        """Appearance and motion as parts of the score, 0 to 1."""
        appearance, motion, *_ = self._parts()
        return appearance, motion


@dataclass(frozen=True, slots=True)
class Weighing:
    """Levelled pictures of the same moments, float32 (n, TILES², points) each.

    b's are `placement` of a's. overlap: share of the shorter video that they span and that could be
    decoded of both.
    """

    a: NDArray[np.float32]
    b: NDArray[np.float32]
    overlap: float = 1.0
    placement: Placement = Placement()
    distortion: float = 0.0


def weigh(wanted: Sequence[Weighing]) -> list[Evidence]:
    """What the pictures say; all of as many frames."""
    a, b = (np.stack([getattr(each, side) for each in wanted]) for side in "ab")
    count, tiles, points = a.shape[1:]
    size = tiles * points
    pictures = _products(a, b)
    frames = pictures.sum(axis=3)
    contrast = _least(frames[1:].sum(axis=2)) / count / size
    weights = _frame_weights(frames, size)
    broken = _longest_runs(_frame_likeness(frames * weights, size) < AGREEING)
    moving_a = _moving(a)
    motions = _products(moving_a, _moving(b))
    power = motions.sum(axis=3)
    moving = _least(power[1:].sum(axis=2)) / count / size
    noise = NOISE / np.maximum(NOISE, np.sqrt(contrast))
    forgiven = np.square(noise) * (size / TILES**2 * count)
    columns = zip(
        wanted,
        (sorted(each.placement.areas()) for each in wanted),
        _best_tiles(_summed(weights, pictures)),
        _best_tiles(_summed(weights, motions) + forgiven[:, None]),
        (moving / (moving + NOISE**2)).tolist(),
        broken,
        _pictures(a, b),
        _modes(moving_a, weights, power[1]),
        strict=True,
    )
    return [
        Evidence(
            appearance=appearance,
            motion=motion,
            movement=movement,
            covered=min(1.0, each.overlap) * (1 - unlike / count),
            common=common,
            held=held,
            distortion=each.distortion,
            pictures=pictures,
            modes=modes,
        )
        for each, (common, held), appearance, motion, movement, unlike, pictures, modes in columns
    ]


def _least(powers: NDArray[np.float32]) -> NDArray[np.float32]:
    """That of A or of B, (p,), whichever has less; powers: (2, p)."""
    least: NDArray[np.float32] = powers.min(axis=0)
    return least


def _summed(weights: NDArray[np.float32], products: NDArray[np.float32]) -> NDArray[np.float32]:
    """Products (3, p, n, tiles) summed over the frames, each with its weight (p, n)."""
    summed: NDArray[np.float32] = np.matmul(weights[:, None, :], products)[:, :, 0]
    return summed


def tiled(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pictures (..., side, side) as tiles (..., TILES², points)."""
    *before, side, _ = pictures.shape
    part = side // TILES
    tiles = pictures.reshape(*before, TILES, part, TILES, part).swapaxes(-2, -3)
    return tiles.reshape(*before, TILES * TILES, part * part)


def _products(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scalar products of A and B, A and A, B and B in each tile, (3, ..., tiles)."""
    products = np.empty((3, *a.shape[:-1]), np.float32)
    for (one, other), product in zip(((a, b), (a, a), (b, b)), products, strict=True):
        np.einsum("...k,...k->...", one, other, out=product)
    return products


def _moving(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    """What is left of the frames (p, n, tiles, points) without their mean."""
    mean = tiles.sum(axis=1, keepdims=True) / np.float32(tiles.shape[1])
    moving: NDArray[np.float32] = tiles - mean
    return moving


def levelled(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pictures (..., n, TILES², points) without their means, of one contrast but for faint ones.

    A fade or a slow change of the light then is no difference.
    """
    flat = tiles.reshape(*tiles.shape[:-2], -1)
    flat = flat - flat.sum(axis=-1, keepdims=True) / np.float32(flat.shape[-1])
    power = np.einsum("...k,...k->...", flat, flat)
    mean = power.sum(axis=-1, keepdims=True) / np.float32(power.shape[-1]) + np.float32(1e-6)
    flat *= np.sqrt(mean / (power + np.float32(FAINT**2) * mean))[..., None]
    level: NDArray[np.float32] = flat.reshape(tiles.shape)
    return level


def _frame_weights(frames: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """What brings the power of the frames to one level, (..., n): each moment counts alike.

    Otherwise a bright intro would outweigh all that follows. Faint frames stay faint.
    frames: products (3, ..., n). size: points of a picture.
    """
    power = np.minimum(frames[1], frames[2]) / np.float32(size)
    mean = power.sum(axis=-1, keepdims=True) / np.float32(power.shape[-1])
    weights: NDArray[np.float32] = power / np.square(mean + np.float32(1e-6))
    return weights


def _best_tiles(products: NDArray[np.float32]) -> list[float]:
    """Correlation over the most alike tiles, each weighted by its contrast.

    Differences are forgiven as far as a power that was added to all products explains them.
    products: (3, p, tiles).
    """
    product, power_a, power_b = products
    power = np.sqrt(power_a * power_b)
    likeness = product / np.maximum(power, np.float32(1e-6))
    unlike = round((1 - BEST_TILES) * likeness.shape[1])
    least = np.partition(likeness, unlike, axis=1)[:, unlike, None]
    chosen = likeness >= least
    best = (product * chosen).sum(axis=1)
    found: list[float] = (best / np.maximum((power * chosen).sum(axis=1), 1e-6)).tolist()
    return found


def likeness_of_pairs(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Correlation of each picture of A with that of B, levelled; two faint ones are alike.

    a, b: (n, TILES², points). Returns float32 (n,).
    """
    size = a[0].size
    frames = np.array([np.einsum("ijk,ijk->i", *both) for both in ((a, b), (a, a), (b, b))])
    return frame_likeness(frames, size)


def frame_likeness(frames: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """The same from products (3, n) of both, of A and of B; size: points of a picture."""
    return _frame_likeness(frames * _frame_weights(frames, size), size)


def _frame_likeness(frames: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Correlation of each frame of A with its counterpart, (n,), from products (3, n)."""
    product, power_a, power_b = frames + FAINT**2 * size
    alike: NDArray[np.float32] = product / np.sqrt(power_a * power_b)
    return alike


def _longest_runs(true: NDArray[np.bool_]) -> list[int]:
    """Length of the longest run of true values in each row."""
    return [_longest_run(row) if row.any() else 0 for row in true]


def _longest_run(true: NDArray[np.bool_]) -> int:
    ends = np.flatnonzero(np.diff(np.concatenate([[False], true, [False]])))
    return int((ends[1::2] - ends[::2]).max(initial=0))


def _pictures(a: NDArray[np.float32], b: NDArray[np.float32]) -> list[float]:
    """Effective number of different pictures of A or of B, (p, n, ...), whichever has fewer.

    One, and the participation ratio of the changes from frame to frame: a slide show has as many
    as slides, however long each stays.
    """
    sides = []
    for side in (a, b):
        change = (side[:, 1:] - side[:, :-1]).reshape(len(side), side.shape[1] - 1, -1)
        size = np.sqrt(np.einsum("pnk,pnk->pn", change, change))
        power = np.einsum("pn,pn->p", size, size)
        sides.append(np.square(size.sum(axis=1)) / np.maximum(power, np.float32(1e-6)))
    pictures: list[float] = (1 + np.minimum(*sides)).tolist()
    return pictures


def _modes(
    moving: NDArray[np.float32], weights: NDArray[np.float32], powers: NDArray[np.float32]
) -> list[float]:
    """Participation ratios of the eigenvalues of the products of weighted frames.

    powers: of the frames, (p, n); weighted and summed, they are the sum of the eigenvalues.
    """
    pairs, count = weights.shape
    flat = moving.reshape(pairs, count, -1) * np.sqrt(weights)[..., None]
    sides = flat.swapaxes(1, 2)
    few = count <= flat.shape[2]
    products = np.matmul(flat, sides) if few else np.matmul(sides, flat)
    both = np.square(products, out=products).sum(axis=(1, 2))
    power = np.einsum("pn,pn->p", weights, powers)
    modes: list[float] = (np.square(power) / np.maximum(both, 1e-6)).tolist()
    return modes
