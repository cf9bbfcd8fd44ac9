"""What the decoders give to the hashes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GREY_SIDE = 160
"""Pixels of the longer side of a grey frame, at most. Bars are found to 1/160 of the picture, and
the signature keeps 16 frequencies; more pixels would take time and add nothing."""

COLOUR_SIDE = 320
"""Pixels of the longer side of a colour frame, at most: VideoHash uses squares of 144."""


OPAQUE = 255
"""Alpha of a pixel that hides what is behind it."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a video, as a player shows it.

    time: seconds from the first picture of the video stream.
    image: uint8 array, turned and flipped as the file says and laid over white where it is
        transparent: grey of shape (height, width) or RGB of shape (height, width, 3).
    over_black: a grey image laid over black instead, if it is transparent anywhere.
    """

    time: float
    image: NDArray[np.uint8]
    over_black: NDArray[np.uint8] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Footage:
    """What was decoded of one video.

    frames: grey, many, for the signature; at least one, in order of time.
    stills: in colour, about one a second, for VideoHash; likewise.
    duration: seconds from the first picture to the end of the last.
    unread: the stretches (start, end), in seconds, that could not be decoded; one after the end is
        missing from a file that was cut off.
    """

    frames: list[Frame]
    stills: list[Frame]
    duration: float
    unread: tuple[tuple[float, float], ...] = ()

    @property
    def over_black(self) -> list[Frame]:
        """The grey frames as a copy over black shows them; none if nothing is transparent."""
        if all(frame.over_black is None for frame in self.frames):
            return []
        return [
            Frame(frame.time, frame.image if frame.over_black is None else frame.over_black)
            for frame in self.frames
        ]

    def longest_gap(self) -> float:
        """Seconds without a grey frame, at most."""
        times = [frame.time for frame in self.frames]
        return float(np.diff(times, prepend=0.0, append=self.duration).max())


def fitted(width: float, height: float, side: int) -> tuple[int, int]:
    """The size in pixels at which a picture is kept: (width, height), never enlarged.

    side: pixels of the longer side, at most.
    """
    scale = min(1.0, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def over_white(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(height, width, 4) pixels with transparency as (height, width, 3) pixels over white."""
    if rgba[..., 3].min() == OPAQUE:
        return np.ascontiguousarray(rgba[..., :3])
    alpha = rgba[..., 3:].astype(np.uint16)
    return (255 - alpha + rgba[..., :3] * alpha // 255).astype(np.uint8)


def greys_of(rgba: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
    """The luma of (height, width, 4) pixels over white and, unless all are opaque, over black."""
    white = grey_of(over_white(rgba))
    clear = 255 - rgba[..., 3]
    return white, white - np.minimum(white, clear) if clear.any() else None


def grey_of(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The luma of BT.601, uint8 (height, width), of RGB (height, width, 3)."""
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    luma: NDArray[np.float32] = np.round(rgb @ weights)
    return luma.astype(np.uint8)
