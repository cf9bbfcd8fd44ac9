"""Sound as the power of a few bands of frequency, some rows a second."""

from collections.abc import Iterable
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.sound.decoding import RATE, Samples

ROWS_A_SECOND = 8
"""Rows a second. 8 follow syllables and notes. 4 halve the bytes, but unrelated sound then reaches
the scores of a poor copy; beyond 8 the windows overlap by more than half and repeat themselves."""

BANDS_AN_OCTAVE = 3
"""Bands an octave, a third as in acoustics. Finer are twice the bytes for a
little more distance between copies and unrelated sound."""

BANDS = 12
"""Bands, from LOWEST_HERTZ to 2.5 kHz: narrow-band speech codecs keep that."""

LOWEST_HERTZ = 200.0
"""Centre of the lowest band in Hz. Below it small loudspeakers and filters cut."""

WINDOW = 2048
"""Samples of one spectrum (0.26 s): the lowest band, 46 Hz wide, still spans several lines."""

HOP = RATE // ROWS_A_SECOND

Powers = NDArray[np.float32]
"""Shape (n, BANDS): mean square of each band; a full-scale sine gives about 0.5. Row k is centred
at k / ROWS_A_SECOND seconds."""


def band_powers(pieces: Iterable[Samples]) -> Powers:
    """The power of the bands of a sound that comes in pieces of any size."""
    rows = [np.empty((0, BANDS), np.float32)]
    half = np.zeros(WINDOW // 2, np.float32)
    held = half
    for piece in chain(pieces, [half]):
        held = np.concatenate([held, piece])
        if len(held) >= WINDOW:
            windows = np.lib.stride_tricks.sliding_window_view(held, WINDOW)[::HOP]
            rows.append(_powers(windows))
            held = held[len(windows) * HOP :]
    return np.concatenate(rows)


def _powers(windows: NDArray[np.float32]) -> Powers:
    """The power of the bands of each window, shape (n, WINDOW)."""
    lines = np.fft.rfft(windows * _TAPER)
    powers: Powers = np.square(np.abs(lines)).astype(np.float32) @ _FILTERS
    return powers


def _filters() -> NDArray[np.float32]:
    """Triangular filters, even in the logarithm of frequency, shape (lines, BANDS)."""
    hertz = np.fft.rfftfreq(WINDOW, 1 / RATE)
    place = np.log2(np.maximum(hertz, 1) / LOWEST_HERTZ) * BANDS_AN_OCTAVE
    weights = np.clip(1 - np.abs(place[:, None] - np.arange(BANDS)), 0, 1)
    filters: NDArray[np.float32] = weights.astype(np.float32)
    return filters


_TAPER = np.hanning(WINDOW).astype(np.float32)
_TAPER *= np.float32(np.sqrt(2 / WINDOW / np.square(_TAPER).sum()))  # Parseval, one-sided
_FILTERS = _filters()
