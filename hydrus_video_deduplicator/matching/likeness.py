"""How alike each frame of one video and each frame of another are."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


class Outlines:
    """What the frames of a video are by themselves, and without what all of them show.

    unit: float32 (n, points), each picture without its mean, of length 1.
    motion: float32 (n, points), each without the mean picture, of length 1.
    size: float32 (n,), the length that was.
    """

    def __init__(self, pictures: NDArray[np.float32]) -> None:
        """Of pictures (n, ...)."""
        flat = pictures.reshape(len(pictures), -1)
        flat = flat - flat.sum(axis=1, keepdims=True) / np.float32(flat.shape[1])
        self._mean = flat.sum(axis=0) / np.float32(len(flat))
        self._left = flat - self._mean
        self.unit, _ = _units(flat)
        self.motion, self.size = _units(self._left)

    @cached_property
    def following(self) -> NDArray[np.float32]:
        """Product of the motion of each frame, unscaled, with that of the next, (n - 1,)."""
        return following(self._left)[:-1]

    @cached_property
    def mean(self) -> NDArray[np.float32]:
        """The mean picture, of length 1, (points,)."""
        mean: NDArray[np.float32] = _units(self._mean[None])[0][0]
        return mean


@dataclass(frozen=True)
class Likeness:
    """Of the frames of A (n) and of B (m).

    pictures: float32 (n, m), correlation of each with each.
    motion: float32 (n, m), the same of what is left without the mean picture of each video.
    """

    a: Outlines
    b: Outlines
    pictures: NDArray[np.float32]
    motion: NDArray[np.float32]

    @classmethod
    def of(cls, a: Outlines, b: Outlines) -> "Likeness":
        """From the outlines of both, where they show the same."""
        return cls(a, b, a.unit @ b.unit.T, a.motion @ b.motion.T)

    @cached_property
    def of_moments(self) -> NDArray[np.float32]:
        """How alike the frames are, 0 to 1, in picture and motion, (n, m)."""
        alike: NDArray[np.float32] = self.pictures * np.maximum(self.motion, 0)
        return alike

    @cached_property
    def alike(self) -> NDArray[np.float32]:
        """The same, (n, m), also if one of the two shows the other among much else.

        Alike pictures are not enough, or a static camera would align with itself anywhere: what is
        left without the mean picture must be alike too. That is the mean of each video, or of the
        one with fewer frames alone, however bright.
        """
        a, b = self.a, self.b
        mean = (a if len(a.unit) <= len(b.unit) else b).mean
        return _alike(self.pictures, self.motion, a.unit @ mean, b.unit @ mean)


class Products:
    """Scalar products of the frames of A (n) and of B (m), which have no means.

    a, b: float32 (n, points) and (m, points).
    """

    def __init__(self, a: NDArray[np.float32], b: NDArray[np.float32]) -> None:
        """Of pictures (n, ...) and (m, ...)."""
        self.a, self.b = a.reshape(len(a), -1), b.reshape(len(b), -1)

    @cached_property
    def both(self) -> NDArray[np.float32]:
        """Those of each frame of A with each of B, (n, m)."""
        products: NDArray[np.float32] = self.a @ self.b.T
        return products

    @cached_property
    def pictures(self) -> NDArray[np.float32]:
        """Correlation of each frame of A with each of B, (n, m)."""
        pictures = self.both * _inverse(self.power_a)[:, None]
        pictures *= _inverse(self.power_b)
        return pictures

    @cached_property
    def power_a(self) -> NDArray[np.float32]:
        """Those of each frame of A with itself, (n,)."""
        return _powers(self.a)

    @cached_property
    def power_b(self) -> NDArray[np.float32]:
        """Those of each frame of B with itself, (m,)."""
        return _powers(self.b)

    @cached_property
    def next_b(self) -> NDArray[np.float32]:
        """Those of each frame of B with the one after it, (m,); 0 for the last."""
        return following(self.b)

    def along(self, frames: NDArray[np.intp], places: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of some frames of A and what B shows at their places: both, A, B, (3, k)."""
        below = places.astype(np.intp)
        above = np.minimum(below + 1, len(self.b) - 1)
        later = places - below.astype(np.float32)
        sooner = 1 - later
        row = frames * len(self.b)
        both = sooner * self.both.take(row + below) + later * self.both.take(row + above)
        of_b = blended(self.power_b, self.next_b, below, later)
        return np.array([both, self.power_a[frames], of_b])

    def part(self, frames: NDArray[np.intp]) -> "Products":
        """With some frames of A only."""
        part = Products(self.a[frames], self.b)
        part.both = self.both[frames]
        return part

    @cached_property
    def alike(self) -> NDArray[np.float32]:
        """How alike the frames are, 0 to 1, (n, m), as `Likeness.alike`."""
        a, b = self.a, self.b
        means = [side.sum(axis=0) / np.float32(len(side)) for side in (a, b)]
        (mean,), _ = _units(means[0 if len(a) <= len(b) else 1][None])
        of_a, of_b = _inverse(self.power_a), _inverse(self.power_b)
        motion = centred(self.both)
        left_a, left_b = (side - of_all for side, of_all in zip((a, b), means, strict=True))
        motion *= _inverse(_powers(left_a))[:, None]
        motion *= _inverse(_powers(left_b))
        return _alike(self.pictures, motion, (a @ mean) * of_a, (b @ mean) * of_b)


def centred(products: NDArray[np.float32]) -> NDArray[np.float32]:
    """Products (n, m) of what is left of the frames without the mean of each side."""
    n, m = np.float32(products.shape[0]), np.float32(products.shape[1])
    left: NDArray[np.float32] = products - products.sum(axis=0) / n
    left -= left.sum(axis=1, keepdims=True) / m
    return left


def following(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Product of each frame (n, points) with the next, (n,); 0 for the last."""
    product = np.zeros(len(frames), np.float32)
    np.einsum("ij,ij->i", frames[:-1], frames[1:], out=product[:-1])
    return product


def blended(
    power: NDArray[np.float32],
    after: NDArray[np.float32],
    below: NDArray[np.intp],
    later: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Power of the blend of frames `below` and the ones after them, which count `later`."""
    sooner = 1 - later
    above = np.minimum(below + 1, len(power) - 1)
    product = 2 * later * sooner * after.take(below)
    product += sooner * sooner * power.take(below)
    product += later * later * power.take(above)
    # Two blended opposites leave only rounding errors.
    np.maximum(product, 0, out=product)
    return product


def without_mean(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """What is left of frames (n, points) without their mean, (n, points)."""
    left: NDArray[np.float32] = frames - frames.sum(axis=0) / np.float32(len(frames))
    return left


def _alike(
    pictures: NDArray[np.float32],
    motion: NDArray[np.float32],
    in_a: NDArray[np.float32],
    in_b: NDArray[np.float32],
) -> NDArray[np.float32]:
    """See `Likeness.alike`. in_a, in_b: how much each frame holds of the mean, (n,) and (m,)."""
    left = pictures - in_a[:, None] * in_b
    left *= _inverse_left(in_a)[:, None]
    left *= _inverse_left(in_b)
    np.maximum(left, motion, out=left)
    np.maximum(left, 0, out=left)
    left *= np.maximum(pictures, 0)
    return left


def _powers(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    powers: NDArray[np.float32] = np.einsum("ij,ij->i", frames, frames)
    return powers


def _inverse(powers: NDArray[np.float32]) -> NDArray[np.float32]:
    """One over the lengths of vectors of these powers."""
    inverse: NDArray[np.float32] = np.reciprocal(np.maximum(np.sqrt(powers), np.float32(1e-6)))
    return inverse


def _inverse_left(held: NDArray[np.float32]) -> NDArray[np.float32]:
    """One over what is left of vectors of length 1 that hold so much of another one."""
    left: NDArray[np.float32] = 1 / np.sqrt(np.maximum(1 - held * held, np.float32(1e-6)))
    return left


def _units(vectors: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Vectors (n, points) of length 1, and the length that each had, (n,)."""
    size = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    unit: NDArray[np.float32] = vectors / np.maximum(size, np.float32(1e-6))[:, None]
    return unit, size
