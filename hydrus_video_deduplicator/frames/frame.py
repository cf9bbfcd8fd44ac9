"""What the decoders hand to the hashes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_SIDE = 320
"""Pixels of the longer side of a frame, at most. More cost time and told the hashes nothing new."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a video, as a player shows it.

    time: seconds from the first picture of the video stream.
    image: uint8 array of shape (height, width, 3), RGB, turned as the rotation metadata says and
        laid over white where it is transparent; the longer side is at most `MAX_SIDE` pixels.
    """

    time: float
    image: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Footage:
    """What was decoded of one video.

    frames: at least one, in order of time.
    duration: seconds from the first picture to the end of the last.
    """

    frames: list[Frame]
    duration: float


def fitted(width: int, height: int) -> tuple[int, int]:
    """The size in pixels at which a picture is kept: (width, height), never enlarged."""
    scale = min(1.0, MAX_SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def over_white(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(height, width, 4) pixels with transparency as (height, width, 3) pixels over white.

    So do the copies that FFmpeg makes of a transparent GIF.
    """
    alpha = rgba[..., 3:].astype(np.uint16)
    return (255 - alpha + rgba[..., :3] * alpha // 255).astype(np.uint8)
