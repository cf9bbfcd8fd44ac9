"""How a player turns and flips a picture, as the display matrix of a file says."""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np
from av.sidedata.sidedata import SideData
from av.video.frame import VideoFrame
from numpy.typing import NDArray

_MATRIX = struct.Struct("=9i")
"""Row by row (ISO/IEC 14496-12, `tkhd`): a pixel at (x, y) is shown at
(a·x + c·y + tx, b·x + d·y + ty), for the rows (a, b, u), (c, d, v) and (tx, ty, w)."""


class Turn(NamedTuple):
    """One of the eight ways to show a picture: transposed first, then flipped."""

    transposed: bool = False
    flipped_x: bool = False
    flipped_y: bool = False

    @classmethod
    def of(cls, picture: VideoFrame) -> Turn:
        """The one that is nearest to the display matrix of a picture."""
        data = picture.side_data.get("DISPLAYMATRIX")
        return cls.by_matrix(bytes(data)) if isinstance(data, SideData) else cls()

    @classmethod
    def by_matrix(cls, matrix: bytes) -> Turn:
        """The one that is nearest to a matrix. None, if it would show nothing of the picture."""
        if len(matrix) != _MATRIX.size:
            return cls()
        a, b, _, c, d, *_ = _MATRIX.unpack(matrix)
        if a * d == b * c:
            return cls()
        if abs(b) + abs(c) > abs(a) + abs(d):
            return cls(transposed=True, flipped_x=c < 0, flipped_y=b < 0)
        return cls(flipped_x=a < 0, flipped_y=d < 0)

    def apply(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """An image (height, width, ...) as it is shown."""
        if self.transposed:
            image = image.swapaxes(0, 1)
        if self.flipped_x:
            image = image[:, ::-1]
        if self.flipped_y:
            image = image[::-1]
        return np.ascontiguousarray(image)
