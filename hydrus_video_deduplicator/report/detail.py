"""How much detail is in the pictures of two copies, whatever size and bit rate they have.

The power of aligned pictures at each spatial frequency is compared on one common grid. What an
encoder, an enlargement or a filter has taken away is missing at the high frequencies, and what is
gone cannot be made up by pixels or bits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray
from PIL import Image

BANDS = 24
"""Bands of frequency from 0 to the highest that the common grid can hold."""

BASE = (0.04, 0.12)
"""Part of the common frequencies, 0 to 1, that every copy has: what differs here is contrast."""

FINE = (0.5, 0.95)
"""Part of the common frequencies in which detail is compared. The last few are where encoders and
scalers differ most, and say least."""

STEPS = ((0.1, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 0.95))
"""Parts of the common frequencies by which the shape of a difference is told."""

NO_MORE, LEAST_MORE = 0.11, 0.15
"""Power of the larger copy above what the smaller one can hold, as a share of that in FINE, up to
which there is only what scaling and encoding leave there (0.03 to 0.09 in enlarged copies), and
from which there is detail, unless it is no more than noise: see `_Spectra.noise_beyond`."""

ABOVE = 1.15
"""How far above the frequencies of the smaller copy that is looked for: a scaler is no sharp edge.
"""

MUCH = 1.05, 0.8
"""Power of the larger copy over that of the smaller one in FINE from which it surely has more
detail, and below which it surely has less."""

SAME_SIZE = 0.9
"""Height of the smaller picture, as a share of the larger one's, from which neither is enlarged."""

SHARPENED_GAIN = 1.3
"""Power of a sharpened copy over that of the other one in its fine detail, at least."""

LEVELS_OFF = 0.8
"""How steeply the gain of a sharpened copy grows from the last but one to the last of the steps, as
a share of how steeply it does so from the first to the second, at most. That of a filter which
blurs grows ever more steeply, until there is only noise."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the pictures of two copies say.

    detail: of the second copy, as a multiple of that of the first: power of fine detail, 1 for the
        same; None if it cannot be told.
    is_enlarged: whether the larger copy, by pixels, has nothing that the smaller one has not.
    sharpened: which of them, 0 or 1, was sharpened or is the other one's picture with more contrast
        in fine detail.
    """

    detail: float | None
    is_enlarged: bool = False
    sharpened: int | None = None


def compare(first: Sequence[NDArray[np.uint8]], second: Sequence[NDArray[np.uint8]]) -> Comparison:
    """Compare the aligned grey pictures (height, width) of two copies, one moment after another."""
    sizes = [pictures[0].shape for pictures in (first, second)]
    grid = max(sizes)
    held = min(sizes)[0] / grid[0]  # of the frequencies, by the smaller copy
    spectra = _Spectra(grid)
    for pair in zip(first, second, strict=True):
        spectra.add(*pair)
    base = spectra.ratio(*BASE, held)
    detail = spectra.ratio(*FINE, held) / base
    steps = [np.log(spectra.ratio(*step, held) / base) for step in STEPS]
    sharpened = _sharpened(detail, steps, spectra.likeness(*FINE, held))
    if sharpened is not None:
        detail = 1.0
    if held > SAME_SIZE:
        return Comparison(float(detail), sharpened=sharpened)
    larger = int(sizes[1][0] > sizes[0][0])
    gain = detail if larger else 1 / detail
    more = spectra.beyond(larger, held)
    if MUCH[1] < gain < MUCH[0] and more > max(LEAST_MORE, spectra.noise_beyond(held)):
        return Comparison(float(1 / held**2 if larger else held**2), sharpened=sharpened)
    is_open = MUCH[1] < gain < MUCH[0] and more > NO_MORE
    is_enlarged = gain < MUCH[0] and not is_open
    return Comparison(None if is_open else float(detail), is_enlarged, sharpened)


def _sharpened(detail: float, steps: Sequence[float], likeness: float) -> int | None:
    """Which copy was sharpened: its power grows by a factor, and ever less towards the finest.

    That of a copy which the other one is a blurred picture of grows ever more. A filter adds
    nothing that is not in the other one: they are alike, but for noise. Where one has lost detail
    that the other has, they are alike to the share of its power that is left.
    """
    sign = 1 if detail > 1 else -1
    gain = float(detail**sign)
    steepness = np.diff(sign * np.array(steps)) / np.diff(np.mean(STEPS, axis=1))
    is_filter = likeness > (1 + 1 / gain) / 2 and steepness[-1] <= LEVELS_OFF * steepness[0]
    return int(sign > 0) if is_filter and gain >= SHARPENED_GAIN else None


class _Spectra:
    """Power of both copies, and what they have in common, in each band."""

    def __init__(self, grid: tuple[int, int]) -> None:
        height, width = grid
        self._grid = grid
        frequencies = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
        self._band = np.minimum((frequencies * 2 * BANDS).astype(np.intp), BANDS).ravel()
        self._window = np.hanning(height)[:, None] * np.hanning(width)[None]
        self._power = np.zeros((2, BANDS + 1))
        self._common = np.zeros(BANDS + 1)

    def add(self, first: NDArray[np.uint8], second: NDArray[np.uint8]) -> None:
        """Take the pictures of one moment."""
        a, b = (self._transformed(picture) for picture in (first, second))
        for place, each in enumerate((a, b)):
            self._power[place] += self._by_band(np.abs(each) ** 2)
        self._common += self._by_band((a * b.conj()).real)

    def _transformed(self, picture: NDArray[np.uint8]) -> NDArray[np.complex128]:
        height, width = self._grid
        image = Image.fromarray(picture).convert("F")
        if picture.shape != self._grid:
            image = image.resize((width, height), Image.Resampling.LANCZOS)
        levels = np.asarray(image)
        spectrum: NDArray[np.complex128] = np.fft.rfft2((levels - levels.mean()) * self._window)
        return spectrum

    def _by_band(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(self._band, values.ravel(), BANDS + 1).astype(np.float64)

    def ratio(self, start: float, end: float, held: float) -> float:
        """Power of the second over that of the first, in a part of the first `held` frequencies."""
        first, second = self._power[:, self._part(start, end, held)].sum(axis=1) + 1e-9
        return float(second / first)

    def likeness(self, start: float, end: float, held: float) -> float:
        """Squared correlation of both there, 0 to 1."""
        part = self._part(start, end, held)
        first, second = self._power[:, part].sum(axis=1) + 1e-9
        return float(self._common[part].sum() ** 2 / (first * second))

    def beyond(self, copy: int, held: float) -> float:
        """Power of a copy above the first `held` frequencies, as a share of that in FINE."""
        above, part = self._above(held), self._part(*FINE, held)
        return float(self._power[copy, above].sum() / self._power[copy, part].sum())

    def noise_beyond(self, held: float) -> float:
        """As much power there as the noise of encoders has, if each band has as much of it.

        That noise is what the two do not share in FINE.
        """
        above, part = self._above(held), self._part(*FINE, held)
        bands = (above.stop - above.start) / (part.stop - part.start)
        return float(bands * (1 - self.likeness(*FINE, held)))

    @staticmethod
    def _above(held: float) -> slice:
        return slice(ceil(ABOVE * held * BANDS), BANDS)

    @staticmethod
    def _part(start: float, end: float, held: float) -> slice:
        first = int(start * held * BANDS)
        return slice(first, max(first + 1, int(end * held * BANDS)))
