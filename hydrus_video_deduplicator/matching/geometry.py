"""How the picture of one video lies within the other's: turned, mirrored, shifted, scaled."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.signature.spectrum import SIDE, centres

BLUR_MATTERS = 0.6
"""Share of an axis of either picture that both show, up to which blurred borders matter."""

BLURRED = 0.05
"""Share of a picture by which its blur reaches across the border of the common part, where only it
goes on. With 0.03 or 0.07, fewer slices are recognised."""

LEAST_SHARP = 0.5
"""Share of the common part that is compared at least."""

AT_BORDER = 0.02
"""Share of a picture by which it must go on beyond the border of the other."""


class Orientation(NamedTuple):
    """One of the eight ways to lay a picture: transposed first, then flipped."""

    transposed: bool = False
    flipped_x: bool = False
    flipped_y: bool = False

    @property
    def mirrored(self) -> bool:
        """Whether no turning alone undoes it."""
        return self.transposed ^ self.flipped_x ^ self.flipped_y

    @property
    def rotated(self) -> bool:
        """Whether it is more than the plain or the mirrored picture."""
        return self.transposed or self.flipped_y

    def inverse(self) -> "Orientation":
        """The one that undoes this."""
        if not self.transposed:
            return self
        return Orientation(True, self.flipped_y, self.flipped_x)

    def then(self, other: "Orientation") -> "Orientation":
        """Laid this way first and then as `other` says."""
        x, y = self.flipped_x, self.flipped_y
        if other.transposed:
            x, y = y, x
        return Orientation(
            self.transposed ^ other.transposed, x ^ other.flipped_x, y ^ other.flipped_y
        )

    def apply(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Frequencies (n, SIDE, SIDE) of the picture laid this way."""
        signs = np.where(np.arange(SIDE) % 2, np.float32(-1), np.float32(1))
        if self.transposed:
            block = block.swapaxes(1, 2)
        if self.flipped_x:
            block = block * signs
        if self.flipped_y:
            block = block * signs[:, None]
        return block


UPRIGHT = Orientation()
ORIENTATIONS = tuple(
    Orientation(transposed, flipped_x, flipped_y)
    for transposed in (False, True)
    for flipped_y in (False, True)
    for flipped_x in (False, True)
)


@dataclass(frozen=True, slots=True)
class Axis:
    """Where a point of B's axis lies on A's: a = offset + scale * b, both 0 to 1."""

    scale: float = 1.0
    offset: float = 0.0

    def points(self, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """`count` points on A and on B, evenly over the part that both show alike."""
        first, last = self.sharp()
        b = first + (last - first) * centres(count)
        return self.offset + self.scale * b, b

    def shares(self) -> tuple[float, float]:
        """Shares of A's and of B's axis that both show; 0 where they do not overlap."""
        first, last = self._common()
        common = max(0.0, last - first)
        return common * self.scale, common

    def _common(self) -> tuple[float, float]:
        """Where the part that both show begins and ends on B's axis."""
        return max(0.0, -self.offset / self.scale), min(1.0, (1.0 - self.offset) / self.scale)

    def sharp(self) -> tuple[float, float]:
        """Where on B's axis both show the same.

        That is the common part without borders that are blurred in the picture that goes on beyond
        them.
        """
        first, last = self._common()
        if min(self.shares()) > BLUR_MATTERS:
            return first, last
        most = (1 - LEAST_SHARP) / 2 * (last - first)
        beyond = self.offset / self.scale, (1 - self.offset) / self.scale - 1
        left, right = (min(most, self._blur(each)) for each in beyond)
        return first + left, last - right

    def _blur(self, beyond: float) -> float:
        """How far it reaches across a border beyond which A goes on; B, if negative.

        In shares of B, as all that it is compared with.
        """
        length = 1 / self.scale if beyond > 0 else 1.0
        return BLURRED * length if abs(beyond) > AT_BORDER * length else 0.0

    def inverse(self) -> "Axis":
        """The same seen from A."""
        return Axis(1 / self.scale, -self.offset / self.scale)

    def then(self, other: "Axis") -> "Axis":
        """Where a point of C lies on A, if `other` says where it lies on B."""
        return Axis(self.scale * other.scale, self.offset + self.scale * other.offset)

    def flipped(self) -> "Axis":
        """The same with both axes counted from their other ends."""
        return Axis(self.scale, 1 - self.scale - self.offset)


@dataclass(frozen=True, slots=True)
class Placement:
    """A's picture, laid in `orientation`, holds B's picture at `x` and `y`.

    inverted: whether B shows the negative.
    """

    orientation: Orientation = UPRIGHT
    x: Axis = Axis()
    y: Axis = Axis()
    inverted: bool = False

    def lay(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Frequencies (n, SIDE, SIDE) of A's picture, laid as B's lies."""
        laid = self.orientation.apply(block)
        return -laid if self.inverted else laid

    def laid(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        """Pictures (n, side, side) of A, laid as B's lie."""
        laid = pictures.swapaxes(1, 2) if self.orientation.transposed else pictures
        step_x, step_y = (-1 if flipped else 1 for flipped in self.orientation[1:])
        laid = laid[:, ::step_y, ::step_x]
        return -laid if self.inverted else laid

    @property
    def is_whole(self) -> bool:
        """Whether each picture holds all of the other."""
        return self.x == self.y == Axis()

    def areas(self) -> tuple[float, float]:
        """Shares of A's and of B's picture that both show."""
        (x_a, x_b), (y_a, y_b) = self.x.shares(), self.y.shares()
        return x_a * y_a, x_b * y_b

    def moved_by(self, other: "Placement") -> float:
        """By how much the borders lie elsewhere in another one, as a share of the picture."""
        return max(
            abs(one.offset + end * one.scale - two.offset - end * two.scale)
            for one, two in ((self.x, other.x), (self.y, other.y))
            for end in (0, 1)
        )

    def mirrored(self) -> "Placement":
        """How A's picture holds the mirror image of B's."""
        laid = self.orientation
        flipped = laid._replace(flipped_x=not laid.flipped_x)
        return replace(self, orientation=flipped, x=self.x.flipped())

    def then(self, other: "Placement") -> "Placement":
        """How A's picture holds that of C, if B's holds it as `other` says."""
        x, y = self.x, self.y
        if other.orientation.transposed:
            x, y = y, x
        if other.orientation.flipped_x:
            x = x.flipped()
        if other.orientation.flipped_y:
            y = y.flipped()
        return Placement(
            self.orientation.then(other.orientation),
            x.then(other.x),
            y.then(other.y),
            self.inverted ^ other.inverted,
        )

    def inverse(self) -> "Placement":
        """How B's picture, laid in the inverse orientation, holds A's."""
        back = self.orientation.inverse()
        x, y = self.x.inverse(), self.y.inverse()
        if self.orientation.transposed:
            x, y = y, x
        if back.flipped_x:
            x = x.flipped()
        if back.flipped_y:
            y = y.flipped()
        return Placement(back, x, y, self.inverted)


WHOLE = Placement()
"""Both show the same whole picture."""

TURNS = np.pi * np.arange(SIDE, dtype=np.float32)
FREQUENCIES = np.arange(SIDE, dtype=np.float32)
HEIGHTS = np.where(np.arange(SIDE) > 0, np.float32(np.sqrt(2)), np.float32(1))


def waves(points: NDArray[np.float64]) -> NDArray[np.float32]:
    """As `spectrum.basis`, (..., SIDE), all in single precision: it is needed often."""
    drawn: NDArray[np.float32] = np.cos(np.multiply.outer(points.astype(np.float32), TURNS))
    drawn *= HEIGHTS
    return drawn


def pictures(
    block: NDArray[np.float32], x: NDArray[np.float32], y: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Pictures (n, y, x) of frequencies (n, SIDE, SIDE), with the `waves` at the points x and y."""
    # Two products of large matrices; a product for each frame costs more.
    rows = block.reshape(-1, SIDE).dot(x.T).reshape(-1, SIDE, len(x))
    points: NDArray[np.float32] = np.matmul(y, rows)
    return points
