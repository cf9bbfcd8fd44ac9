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
        product: NDArray[np.float32] = np.einsum("ij,ij->i", self._left[:-1], self._left[1:])
        return product

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
        in_a, in_b = a.unit @ mean, b.unit @ mean
        left = self.pictures - in_a[:, None] * in_b
        left *= _inverse_left(in_a)[:, None]
        left *= _inverse_left(in_b)
        np.maximum(left, self.motion, out=left)
        np.maximum(left, 0, out=left)
        left *= np.maximum(self.pictures, 0)
        return left


def frame_likeness(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """How alike each picture of A (n, ...) and each of B (m, ...) are, 0 to 1, (n, m)."""
    return Likeness.of(Outlines(a), Outlines(b)).alike


def without_mean(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """What is left of frames (n, ...) without their mean, (n, points)."""
    flat = frames.reshape(len(frames), -1)
    left: NDArray[np.float32] = flat - flat.sum(axis=0) / np.float32(len(flat))
    return left


def _inverse_left(held: NDArray[np.float32]) -> NDArray[np.float32]:
    """One over what is left of vectors of length 1 that hold so much of another one."""
    left: NDArray[np.float32] = 1 / np.sqrt(np.maximum(1 - held * held, np.float32(1e-6)))
    return left


def _units(vectors: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Vectors (n, points) of length 1, and the length that each had, (n,)."""
    size = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    unit: NDArray[np.float32] = vectors / np.maximum(size, np.float32(1e-6))[:, None]
    return unit, size
