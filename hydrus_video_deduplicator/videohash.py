"""VideoHash: 64 bits for the whole of a video, in memory and from frames that are decoded already.

A fork of VideoHash 3.0.1 (https://github.com/akamhy/videohash), which needs an `ffmpeg` program and
a directory of temporary files. Its steps, all of them kept:

1. one frame a second, inside its black bars, as a square of 144×144 pixels;
2. the wavelet hash (`whash` of https://github.com/JohannesBuchner/imagehash, BSD-2-Clause) of a
   collage of these frames;
3. exclusive or with 64 bits that say whether each tile of the frames laid side by side has the
   dominant colour that is expected there (https://github.com/akamhy/imagedominantcolor).

VideoHash and imagedominantcolor are copyright (c) 2021-2022 Akash Mahanty, under the MIT licence.
"""

import io
from collections import Counter
from collections.abc import Sequence
from math import ceil, isfinite, log2, sqrt

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from hydrus_video_deduplicator.frames import Frame

BITS = 64
"""Bits of the hash: an 8×8 grid, row by row, the first bit the most significant."""

GRID = 8
"""Cells of the grid along each side."""

FIRST_SECOND = 0.9
"""Seconds at which the third frame is taken; the first two are both the start of the video. For
`ffmpeg -r 1`, which the original runs, frame k is the picture at k - 1.1 s."""

MOST_FRAMES = 300
"""Frames in the collage, at most. The original has no limit; here a video of more seconds than this
is looked at this often, evenly, which bounds time and memory (300 frames: 0.5 s, 75 MB)."""

PROBES = np.array([2, 5, 10, 20, 40, 100, 300, 600, 1200, 2400, 7200, 14400], np.float64)
"""Seconds at which black bars are searched for."""

BLACK_LUMA = 9.3
"""Mean luma (0 to 255) of a row or column of pixels that is at most a black bar. It is 24 in
FFmpeg's cropdetect, on the scale of video, where black is 16 and white 235."""

FRAME_SIDE = 144
"""Pixels of a side of a frame in the hash."""

COLLAGE_WIDTH = 1024
"""Pixels of the width of the collage."""

JPEG_BLOCK = 16
"""Pixels of a side of the blocks that a JPEG is made of. What is in one changes at most a pixel of
the next, since colours are stored coarsely and smoothed."""

HAAR = 0.7071067811865476
"""Tap of the orthonormal Haar wavelet's filters: the square root of one half."""

ROUNDING = 1e-9
"""Difference of two means that rounding errors may turn around; they are about 1e-15."""

TILE_SIDE = 16
"""Pixels of a side of a tile once it is shrunk to find its dominant colour."""

COLOUR_LEAD = 25
"""Pixels of a tile by which red, green or blue must lead the other two: a tenth of the tile."""

RED, GREEN, BLUE, GREY, NO_COLOUR = range(5)
"""What a tile can be dominated by."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom of a part of a picture, as shares of its width and height."""

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)

Values = NDArray[np.float64]
"""float64 array of shape (height, width)."""


def video_hash(frames: Sequence[Frame], duration: float | None = None) -> int:
    """The VideoHash of a video, from 0 to 2**64 - 1.

    frames: in strictly ascending order of time. Each of `sample_times` takes the nearest one, so
        two a second are enough, and a frame stands in for those that are missing around it.
    duration: seconds, above 0, of the video stream. It decides, to a tenth of a second, how many
        frames the collage has. Without it, the last frame is taken to last as long as the one
        before.

    Raises ValueError if there is no frame or if the duration is not above 0 and finite.
    """
    if not frames:
        raise ValueError("a hash needs at least one frame")
    times = np.array([frame.time for frame in frames], np.float64)
    length = _end(times) if duration is None else duration
    chosen, repeats = np.unique(_nearest(times, sample_times(length)), return_inverse=True)
    probed = _nearest(times, PROBES[length > PROBES])
    box = _inside_bars([frames[index].image for index in probed])
    squares = np.stack([_square(frames[index].image, box) for index in chosen])[repeats]
    bits = wavelet_bits(_collage(squares)) ^ colour_bits(squares)
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def to_hex(value: int) -> str:
    """A VideoHash as 16 lower-case hexadecimal digits."""
    return f"{value:0{BITS // 4}x}"


def sample_times(duration: float) -> NDArray[np.float64]:
    """The seconds at which VideoHash looks at a video of `duration` seconds.

    Returns ascending float64 of shape (n,), 2 <= n <= MOST_FRAMES, a second apart unless that gives
    more. Raises ValueError if `duration` is not above 0 and finite.
    """
    if not (isfinite(duration) and duration > 0):
        raise ValueError(f"not the duration of a video: {duration} s")
    steps = int(duration - FIRST_SECOND + 1.0)
    if steps + 2 > MOST_FRAMES:
        return np.linspace(0.0, duration, MOST_FRAMES, endpoint=False)
    return np.concatenate([[0.0, 0.0], FIRST_SECOND + np.arange(steps)])


def wavelet_bits(grey: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """The wavelet hash of a grey picture: bool (8, 8), equal to that of ImageHash's `whash`.

    grey: uint8 of shape (height, width), as Pillow converts an image to grey.

    A bit says whether the mean of its cell is above the median of the means. Where cells are alike,
    as the black ones in a short video's collage are, the rounding errors of the transform decide,
    so its steps are those of PyWavelets and not just a mean.
    """
    side = max(2 ** int(log2(min(grey.shape))), GRID)
    cells = _shrunk(grey, side).reshape(GRID, side // GRID, GRID, side // GRID)
    lit = cells.max(axis=1).max(axis=2) > 0  # along both at once takes five times as long
    lows = np.zeros((GRID, GRID))
    # a row of cells at a time: it stays in the processor's cache
    for row in np.flatnonzero(lit.any(axis=1)):
        values = cells[row][:, lit[row]].reshape(side // GRID, -1) / 255.0
        lows[row, lit[row]] = _low(values, 1)[0]
    lows = _with_low(lows, np.zeros((1, 1))).reshape(-1, 1)
    means = _there_and_back(lows, side // GRID)
    # That is exact for cells of one colour; of the others, where rounding may decide.
    near = abs(means - np.median(means)) < ROUNDING
    for place in np.flatnonzero(near & lit.reshape(-1, 1)):
        cell = cells[place // GRID, :, place % GRID]
        if (cell != cell[0, 0]).any():
            means[place] = _low(_with_low(cell / 255.0, lows[place : place + 1]), 1)
    return np.asarray(means > np.median(means)).reshape(GRID, GRID)


def colour_bits(squares: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which tiles of the frames laid side by side have the colour expected of them.

    squares: uint8 of shape (n, 144, 144, 3), n > 1. Returns bool of shape (8, 8): the first two
    rows expect red, then two each green, blue and grey.
    """
    tile_height, tile_width = FRAME_SIDE // GRID, len(squares) * FRAME_SIDE // GRID
    strip = squares.swapaxes(0, 1).reshape(FRAME_SIDE, GRID, tile_width, 3)
    # The columns of tiles one below the other, then all tiles side by side: each of the two resizes
    # is along one axis, so no tile mixes with its neighbours.
    columns = strip.swapaxes(0, 1).reshape(-1, tile_width, 3)
    narrow = _resized(columns, TILE_SIDE, len(columns))
    tiles = narrow.reshape(GRID, GRID, tile_height, TILE_SIDE, 3).transpose(2, 1, 0, 3, 4)
    small = _resized(tiles.reshape(tile_height, -1, 3), BITS * TILE_SIDE, TILE_SIDE)
    dominant = _dominant_colours(small.reshape(TILE_SIDE, BITS, TILE_SIDE, 3))
    expected = np.repeat([RED, GREEN, BLUE, GREY], BITS // 4)
    as_expected: NDArray[np.bool_] = dominant == expected
    return as_expected.reshape(GRID, GRID)


def _end(times: NDArray[np.float64]) -> float:
    """Seconds from the start to the end of the last frame; 1 if there is no other frame."""
    return float(2 * times[-1] - times[-2]) if len(times) > 1 else 1.0


def _nearest(times: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.intp]:
    """For each wanted second the index of the nearest of the ascending times."""
    middles = (times[1:] + times[:-1]) / 2
    return np.searchsorted(middles, wanted)


def _inside_bars(pictures: Sequence[NDArray[np.uint8]]) -> Box:
    """What most of the pictures show inside their black bars, the earlier ones in a tie.

    Pictures that are black say nothing; if all are, or if there are none, it is the whole.
    """
    boxes = Counter(box for picture in pictures if (box := _content(picture)))
    return boxes.most_common(1)[0][0] if boxes else WHOLE


def _content(picture: NDArray[np.uint8]) -> Box | None:
    """The part of a picture inside its black bars; None if it is black."""
    grey = np.asarray(Image.fromarray(picture).convert("L"))
    height, width = grey.shape
    columns = np.flatnonzero(grey.mean(axis=0) > BLACK_LUMA)
    rows = np.flatnonzero(grey.mean(axis=1) > BLACK_LUMA)
    if not (len(columns) and len(rows)):
        return None
    left, right = int(columns[0]), int(columns[-1]) + 1
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    return left / width, top / height, right / width, bottom / height


def _square(picture: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """The part of the picture in the box, stretched to uint8 of shape (144, 144, 3)."""
    height, width, _ = picture.shape
    left, top, right, bottom = box
    part = (left * width, top * height, right * width, bottom * height)
    # Of Pillow's filters the one that agrees best with the original's FFmpeg.
    square = Image.fromarray(picture).resize((FRAME_SIDE,) * 2, Image.Resampling.BOX, part)
    return np.asarray(square)


def _shrunk(grey: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """A grey picture as (side, side). The black columns of a collage, most of it, take no time."""
    height, width = grey.shape
    if width != side:
        return _resized(grey, side, side)
    if height == side:
        return grey
    lit = np.flatnonzero(grey.max(axis=0))
    square = np.zeros((side, side), np.uint8)
    for run in np.split(lit, np.flatnonzero(np.diff(lit) > 1) + 1) if len(lit) else ():
        part = slice(run[0], run[-1] + 1)
        square[:, part] = _resized(grey[:, part], len(run), side)
    return square


def _resized(picture: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """A picture (height, width) or (height, width, 3) at another size."""
    resized = Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS)
    return np.asarray(resized)


def _collage(squares: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The frames (n, 144, 144, 3) row by row on black, as near to a square as they can be; grey.

    As in the original, frames are not enlarged, so that few of them stand far apart, and it is a
    JPEG: its faint ringing around the frames reaches cells that are black otherwise. What is black
    all the way across or down does not go through the JPEG, which would leave it as it is.
    """
    per_row = round(sqrt(len(squares)))
    scale = COLLAGE_WIDTH / (per_row * FRAME_SIDE)
    pitch = ceil(FRAME_SIDE * scale)
    side = min(FRAME_SIDE, pitch)
    height = ceil(scale * FRAME_SIDE * ceil(len(squares) / per_row))
    columns, rows = (_near_frames(pitch, side, length) for length in (COLLAGE_WIDTH, height))
    collage = Image.new("RGB", (len(columns), len(rows)))
    for index, square in enumerate(squares):
        row, column = divmod(index, per_row)
        frame = Image.fromarray(square).resize((side, side), Image.Resampling.LANCZOS)
        left, top = columns.searchsorted(column * pitch), rows.searchsorted(row * pitch)
        collage.paste(frame, (int(left), int(top)))
    jpeg = io.BytesIO()
    collage.save(jpeg, JpegImageFile.format)
    grey = np.zeros((height, COLLAGE_WIDTH), np.uint8)
    grey[np.ix_(rows, columns)] = np.asarray(Image.open(jpeg).convert("L"))
    return grey


def _near_frames(pitch: int, side: int, length: int) -> NDArray[np.intp]:
    """Which pixels along an axis of the collage a frame, or its ringing, may reach; ascending.

    pitch: pixels from the start of a frame to that of the next. side: pixels of a frame.
    """
    blocks = np.zeros(ceil(length / JPEG_BLOCK), np.bool_)
    for start in range(0, length, pitch):
        first, last = start // JPEG_BLOCK, (start + side - 1) // JPEG_BLOCK
        blocks[max(0, first - 1) : last + 2] = True
    return np.flatnonzero(np.repeat(blocks, JPEG_BLOCK)[:length])


def _with_low(values: Values, low: Values) -> Values:
    """The values after `low` has taken the place of that low band of their Haar transform."""
    details = []
    while values.shape != low.shape:
        top, bottom = _split(values, 0)
        (values, top_high), bottom_halves = _split(top, 1), _split(bottom, 1)
        details.append((top_high, bottom_halves))
    for top_high, bottom_halves in reversed(details):
        low = _merge(_merge(low, top_high, 1), _merge(*bottom_halves, 1), 0)
    return low


def _there_and_back(means: Values, side: int) -> Values:
    """`_low` of `_with_low` as for cells of `side` pixels and one colour: all details are zero."""
    steps = 2 * int(log2(side))
    for _ in range(steps):
        means = means * HAAR
    for _ in range(steps):
        means = means * HAAR + means * HAAR
    return means


def _low(values: Values, height: int) -> Values:
    """The low band of so many rows of the Haar transform of the values."""
    while len(values) > height:
        for axis in (0, 1):
            even, odd = _even_odd(values, axis)
            values = even * HAAR + odd * HAAR
    return values


def _split(values: Values, axis: int) -> tuple[Values, Values]:
    """The low and the high half band along the axis."""
    even, odd = _even_odd(values * HAAR, axis)
    return even + odd, even - odd


def _merge(low: Values, high: Values, axis: int) -> Values:
    """The values whose half bands along the axis are `low` and `high`."""
    rows, columns = low.shape
    values = np.empty((rows * 2, columns) if axis == 0 else (rows, columns * 2))
    even, odd = _even_odd(values, axis)
    low, high = low * HAAR, high * HAAR
    np.add(low, high, out=even)
    np.subtract(low, high, out=odd)
    return values


def _even_odd(values: Values, axis: int) -> tuple[Values, Values]:
    """Views of every second row (axis 0) or column (axis 1) from the first and from the second."""
    if axis == 0:
        return values[0::2], values[1::2]
    return values[:, 0::2], values[:, 1::2]


def _dominant_colours(tiles: NDArray[np.uint8]) -> NDArray[np.intp]:
    """RED to NO_COLOUR for each of n tiles, of shape (n,); the tiles have shape (16, n, 16, 3)."""
    red, green, blue = np.moveaxis(tiles, -1, 0)
    orders = (red, green, blue), (green, blue, red), (blue, red, green)
    leads = [one > np.maximum(other, third) for one, other, third in orders]
    counts = np.stack([lead.sum(axis=(0, 2)) for lead in leads], axis=1)
    greys = TILE_SIDE**2 - counts.sum(axis=1)
    _, second, first = np.sort(counts, axis=1).T
    coloured = np.where(first - second > COLOUR_LEAD, counts.argmax(axis=1), NO_COLOUR)
    return np.where(greys >= first, GREY, coloured)
