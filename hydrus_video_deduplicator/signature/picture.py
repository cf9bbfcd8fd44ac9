"""From grey frames to the active picture: without bars and borders."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BAR_TOLERANCE = 14
"""Levels of luma (of 255) by which a pixel of a bar may differ from the bar's own. Compression
makes bars ripple by about 8; more than 20 eats into dark pictures."""

BAR_SHARE = 0.97
"""Share of a row's pixels that must have the colour of the bar."""

BAR_FRAMES = 0.95
"""Share of the frames in which a row must be a bar. Below 1 for a flash or a title; much lower, and
the empty margins of a drawing that fills for a while are taken for bars."""

BAR_LOOKS = 30
"""Frames, spread over the video, in which bars are searched for. More take longer and find the
same."""

FIRST_ROWS = 4
"""Rows that are checked before all others. With fewer, more pictures are checked twice."""

LEAST_ACTIVE = 0.12
"""Share of the width or height that bars leave at least; otherwise there are no bars."""

FLAT_SPREAD = 3.0
"""Standard deviation in levels below which a frame is one colour and says nothing about bars."""

BLUR_RATIO = 0.3
"""Sharpness of a blurred bar, as a share of the picture's own, at most."""

BLUR_LEAST = 0.1
"""Share of the height (or width) that each of two blurred bars takes at least."""

BLUR_ASYMMETRY = 0.15
"""Share of the height (or width) by which two blurred bars may seem to differ, for a smooth part of
the picture beside a bar looks blurred as well. The smaller of both is taken."""

BLUR_LIKENESS = 0.6
"""Correlation of blurred bars with the enlarged picture between them, at least: it is what players
and editors fill the bars with. Out-of-focus ground and sky are not alike."""

BLUR_CELLS = 6
"""Cells along each axis of a blurred bar that are compared; what is finer is blurred away."""


class Box(NamedTuple):
    """Part of a picture, as shares of its width and height: 0, 0, 1, 1 is all of it."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        """Share of the picture."""
        return (self.right - self.left) * (self.bottom - self.top)

    def shared(self, other: "Box") -> float:
        """Share of the picture that lies in both."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, width) * max(0.0, height)

    def within(self, outer: "Box") -> "Box":
        """The same part of the whole picture, where this is a part of the part `outer`."""
        width, height = outer.right - outer.left, outer.bottom - outer.top
        return Box(
            outer.left + width * self.left,
            outer.top + height * self.top,
            outer.left + width * self.right,
            outer.top + height * self.bottom,
        )


WHOLE = Box(0.0, 0.0, 1.0, 1.0)


def active_box(pictures: NDArray[np.uint8]) -> Box:
    """The part of the pictures (n, height, width) inside bars, borders and blurred bars."""
    telling = pictures[_spreads(pictures) > FLAT_SPREAD]
    if not len(telling):
        return WHOLE
    telling = telling[:: -(-len(telling) // BAR_LOOKS)]
    top, bottom = _inside_blur(telling)
    left, right = 0, telling.shape[2]
    if bottom - top == telling.shape[1]:
        left, right = _inside_blur(telling.swapaxes(1, 2))
    for _ in range(2):  # twice: a border may lie inside a bar
        inner = telling[:, top:bottom, left:right]
        more_top, more_bottom = _inside_bars(inner)
        top, bottom = top + more_top, top + more_bottom
        inner = telling[:, top:bottom, left:right]
        more_left, more_right = _inside_bars(inner.swapaxes(1, 2))
        left, right = left + more_left, left + more_right
    height, width = pictures.shape[1:]
    return Box(left / width, top / height, right / width, bottom / height)


def crop(pictures: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """The pixels of the pictures (n, height, width) inside `box`."""
    height, width = pictures.shape[1:]
    rows = slice(round(box.top * height), round(box.bottom * height))
    return pictures[:, rows, round(box.left * width) : round(box.right * width)]


def surround_level(pictures: NDArray[np.uint8], box: Box) -> int:
    """Mean level (0 to 255) of the pictures (n, height, width) outside `box`, 0 if it is all."""
    if box == WHOLE or not len(pictures):
        return 0
    inside = crop(pictures, box)
    outside = pictures[0].size - inside[0].size
    total = pictures.sum(dtype=np.int64) - inside.sum(dtype=np.int64)
    level: float = total / (len(pictures) * outside)
    return round(level)


def _spreads(pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Standard deviation of the levels of each picture, (n,)."""
    count, height, width = pictures.shape
    levels = pictures.reshape(count, height * width).astype(np.float64)
    # two exact sums of whole numbers, in less time than their differences from a mean
    means, squares = levels.mean(axis=1), np.vecdot(levels, levels) / (height * width)
    spreads: NDArray[np.float64] = np.sqrt(squares - means**2)
    return spreads


def _inside_bars(pictures: NDArray[np.uint8]) -> tuple[int, int]:
    """First row, and row past the last, that are not bars of one colour."""
    height = pictures.shape[1]
    first = _bar_rows(pictures)
    last = height - _bar_rows(pictures[:, ::-1])
    return (first, last) if last - first >= LEAST_ACTIVE * height else (0, height)


def _bar_rows(pictures: NDArray[np.uint8]) -> int:
    """Number of rows from the top that have, nearly always, the colour of the top row."""
    colour = np.int16(np.median(pictures[:, 0]))
    for rows in (pictures[:, :FIRST_ROWS], pictures):  # the first rows mostly decide
        near = np.abs(rows.astype(np.int16) - colour) <= BAR_TOLERANCE
        pure = (near.mean(axis=2) >= BAR_SHARE).mean(axis=0) >= BAR_FRAMES
        if not pure.all():
            return int(np.argmin(pure))
    return len(pure)


def _inside_blur(pictures: NDArray[np.uint8]) -> tuple[int, int]:
    """First row, and row past the last, between two blurred bars of one height."""
    height, width = pictures.shape[1:]
    if height < 16 or width < 16:
        return 0, height
    second = np.abs(np.diff(pictures.astype(np.int16), n=2, axis=2))
    sharpness = second.sum(axis=0, dtype=np.int64).sum(axis=1) / second[:, 0].size
    sharp = np.flatnonzero(sharpness > BLUR_RATIO * np.percentile(sharpness, 85))
    if not len(sharp):  # all of it is as smooth as a sky
        return 0, height
    first, last = int(sharp[0]), int(sharp[-1]) + 1
    bar = min(first, height - last)  # a smooth part of the picture may seem blurred: the other bar
    even = abs(first - (height - last)) <= BLUR_ASYMMETRY * height
    if not even or bar < max(BLUR_CELLS, BLUR_LEAST * height):
        return 0, height
    alike = _blur_likeness(pictures, bar, height - bar) >= BLUR_LIKENESS
    return (bar, height - bar) if alike else (0, height)


def _blur_likeness(pictures: NDArray[np.uint8], first: int, last: int) -> float:
    """Correlation of the bars above and below with the rows between, enlarged to fill the frame."""
    _, height, width = pictures.shape
    shrink = (last - first) / height
    rows = first + (np.arange(height) * shrink).astype(np.intp)
    columns = (width / 2 + (np.arange(width) - width / 2) * shrink).astype(np.intp)
    enlarged = pictures[:, rows][:, :, columns]
    bars = [slice(0, first), slice(last, height)]
    found = np.concatenate([_cells(pictures[:, bar]) for bar in bars], axis=None)
    wanted = np.concatenate([_cells(enlarged[:, bar]) for bar in bars], axis=None)
    found, wanted = found - found.mean(), wanted - wanted.mean()
    power = np.sqrt(np.square(found).sum() * np.square(wanted).sum())
    return float((found * wanted).sum() / max(power, 1e-6))


def _cells(pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Means of the pictures (n, height, width) over BLUR_CELLS x BLUR_CELLS cells."""
    _, height, width = pictures.shape
    down, across = (
        np.linspace(0, side, BLUR_CELLS + 1)[:-1].astype(int) for side in (height, width)
    )
    sums = np.add.reduceat(
        np.add.reduceat(pictures, down, axis=1, dtype=np.float64), across, axis=2
    )
    sizes = np.outer(np.diff(down, append=height), np.diff(across, append=width))
    means: NDArray[np.float64] = sums / sizes
    return means
