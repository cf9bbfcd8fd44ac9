"""Pictures as a few low spatial frequencies (two-dimensional DCT-II), and back."""

import numpy as np
from numpy.typing import NDArray

SIDE = 16
"""Frequencies kept along each axis. 16 resolve about a sixteenth of the picture: enough to register
a crop to 1% of the width, too coarse for a logo to matter."""

_K, _L = np.indices((SIDE, SIDE))
ZONE = np.flatnonzero((_K + _L < SIDE) & (_K + _L > 0))
"""Flat places, in a SIDE x SIDE block, of the frequencies kept: the triangle of low ones, without
the mean. The other half of the block carries little and would double the bytes."""

RADIUS = np.hypot(_K, _L).ravel()[ZONE].astype(np.float32)
"""Spatial frequency of each kept coefficient, in half cycles a picture."""


def basis(points: NDArray[np.floating]) -> NDArray[np.float32]:
    """Values of the SIDE cosines at `points` (0 to 1 across the picture), shape (points, SIDE).

    The cosines have a mean square of 1, so the coefficients do not depend on the resolution.
    """
    waves = np.cos(np.pi * np.outer(points, np.arange(SIDE)))
    waves[:, 1:] *= np.sqrt(2)
    return waves.astype(np.float32)


def centres(count: int) -> NDArray[np.float64]:
    """Centres of `count` equal cells of the interval 0 to 1."""
    return (np.arange(count) + 0.5) / count


def analyse(pictures: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and whitened low frequencies of pictures of shape (n, height, width).

    Returns the means, shape (n,), and the coefficients, shape (n, ZONE.size), each multiplied by
    its frequency: natural pictures fall off as 1/f (Field 1987), so that all have about the same
        size.
    """
    _, height, width = pictures.shape
    down = basis(centres(height)) / height
    across = basis(centres(width)) / width
    down[:, height:], across[:, width:] = 0, 0  # finer than the pixels: only aliases of the rest
    block = (down.T @ pictures @ across).reshape(-1, SIDE * SIDE)
    return block[:, 0], block[:, ZONE] * RADIUS


def blocks(coefficients: NDArray[np.floating]) -> NDArray[np.float32]:
    """Coefficients of shape (n, ZONE.size) laid out as (n, SIDE, SIDE), zero where none is kept."""
    block = np.zeros((len(coefficients), SIDE * SIDE), np.float32)
    block[:, ZONE] = coefficients
    return block.reshape(-1, SIDE, SIDE)
