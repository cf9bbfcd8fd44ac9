"""The verdict on the sound of two videos whose pictures are already aligned in time.

The levels of one band are compared as they change: without their mean over about a second, which
an equaliser or the volume sets, and without the mean of all bands, which a compressor or a fade
sets. What is left is correlated along the line on which the pictures lie, and then along all lines
parallel to it. Haitsma and Kalker (2002) take the signs of like differences; at few bands and rows
the amounts tell far more (docs/sound.md).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.match import Sound, SoundVerdict
from hydrus_video_deduplicator.sound.soundprint import Soundprint
from hydrus_video_deduplicator.sound.spectrum import BANDS, BANDS_AN_OCTAVE, ROWS_A_SECOND

SAME_SCORE = 0.55
"""Correlation along the line of the pictures from which two sounds are the same."""

SHIFTED_SCORE = 0.6
"""Correlation along another line from which they are the same but shifted. Higher than SAME_SCORE:
of thousands of lines, the best is taken."""

OTHER_SCORE = 0.35
"""Best correlation below which they differ. Between this and the scores above, as for a voice over
the old music, there is no verdict."""

LEAST_SECONDS = 5.0
"""Seconds during which both must be heard, on the clock of A. Shorter sounds can be alike by
chance."""

LEAST_CHANGE = 0.5
"""Root mean square, in levels, of the changes of a sound below which it is a hum that says
nothing."""

MEAN_SECONDS = 1.0
"""Seconds, on the clock of A, of the mean that is taken off. Longer keeps slow changes, by which
unrelated music is alike; shorter leaves only what compression and a change of speed blur."""

SLACK_SECONDS = 0.5
"""Seconds by which either end of the line of the pictures may be off, and sound that is not quite
in step with the pictures is still the same."""

SLACK_STEP = 0.125
"""Seconds between the lines tried within SLACK_SECONDS: a row."""

LEAST_PITCH = 0.1
"""Bands by which a change of speed must move the pitch for that to be tried too."""

Span = tuple[float, float]
"""Start and end in seconds."""

Values = NDArray[np.float32]
"""Levels or their changes, shape (rows, bands)."""

Rows = NDArray[np.float64]
"""Rows of a soundprint, fractional where a moment lies between two."""


@dataclass(frozen=True, slots=True)
class _Changes:
    """How the levels of a sound change: values float32 (n, bands), in levels, 0 where not heard."""

    values: Values
    heard: NDArray[np.bool_]

    def at(self, rows: Rows) -> "_Changes":
        """The changes at fractional rows; outside of the sound nothing is heard."""
        below = np.floor(rows).astype(np.intp)
        inside = (below >= 0) & (below < len(self.values) - 1)
        below = np.where(inside, below, 0)
        above = np.where(inside, below + 1, 0)
        heard = inside & self.heard[below] & self.heard[above]
        share = (rows - below).astype(np.float32)[:, None]
        values = self.values[below] * (1 - share) + self.values[above] * share
        return _Changes(np.where(heard[:, None], values, np.float32(0)), heard)


def compare_sound(
    a: Soundprint, b: Soundprint, a_span: Span, b_span: Span, speed: float
) -> SoundVerdict | None:
    """What the sound says of two videos whose pictures lie on t_b = offset + speed * t_a.

    a_span, b_span: seconds, the part of each that lies in the other. speed: seconds of B for each
    second of A, more than 0. The sound of A within its span is searched for in B. None where the
    sound
    cannot say: too little of both is heard at once, or it does not change, or is neither alike nor
    unlike.
    """
    if not (a.audible.any() and b.audible.any()):
        return None
    seconds = np.arange(a_span[0], min(a_span[1], a.duration), 1 / ROWS_A_SECOND)
    line = _Line(
        rows_a=seconds * ROWS_A_SECOND,
        rows_b=(b_span[0] + speed * (seconds - a_span[0])) * ROWS_A_SECOND,
        speed=speed,
    )
    fits = [_fit(*changes, line) for changes in _pitches(a, b, speed)]
    told = [fit for fit in fits if fit]
    if not told:
        return None
    on_line = max(fit.on_line for fit in told)
    moved = max(told, key=lambda fit: fit.elsewhere)
    if on_line >= SAME_SCORE:
        return SoundVerdict(Sound.SAME, on_line)
    if moved.elsewhere >= SHIFTED_SCORE:
        return SoundVerdict(Sound.SHIFTED, moved.elsewhere, moved.shift)
    if on_line < OTHER_SCORE and len(told) == len(fits):
        return SoundVerdict(Sound.OTHER, on_line)
    return None


@dataclass(frozen=True, slots=True)
class _Line:
    """Rows of A and rows of B at the same moments, as the pictures say."""

    rows_a: Rows
    rows_b: Rows
    speed: float


@dataclass(frozen=True, slots=True)
class _Fit:
    """Correlation along the line and the best one elsewhere, `shift` seconds later in B."""

    on_line: float
    elsewhere: float
    shift: float


def _fit(a: _Changes, b: _Changes, line: _Line) -> _Fit | None:
    """How two sounds fit; None if too little is heard of them at once, or it does not change."""
    a = a.at(line.rows_a)
    if not _telling(a, b.at(line.rows_b)):
        return None
    elsewhere, start = _score_anywhere(a, b, line.speed)
    shift = (start - float(line.rows_b[0])) / ROWS_A_SECOND
    return _Fit(_score_near(a, b, line.rows_b), elsewhere, shift)


def _pitches(a: Soundprint, b: Soundprint, speed: float) -> Iterator[tuple[_Changes, _Changes]]:
    """The changes of both, band by band; if B is of another speed, also with its pitch undone."""
    levels_a, levels_b = a.levels.astype(np.float32), b.levels.astype(np.float32)
    yield _changes(levels_a, a.audible, 1.0), _changes(levels_b, b.audible, speed)
    higher = -math.log2(speed) * BANDS_AN_OCTAVE
    if LEAST_PITCH <= abs(higher) <= BANDS / 2:
        bands = np.arange(BANDS)
        both = bands[(bands + higher >= 0) & (bands + higher <= BANDS - 1)]
        levels_a, levels_b = levels_a[:, both], _between_columns(levels_b, both + higher)
        yield _changes(levels_a, a.audible, 1.0), _changes(levels_b, b.audible, speed)


def _between_columns(values: Values, columns: NDArray[np.floating]) -> Values:
    """Values at fractional columns, linearly between neighbours."""
    below = np.minimum(np.floor(columns).astype(np.intp), values.shape[1] - 2)
    share = (columns - below).astype(np.float32)
    between: Values = values[:, below] * (1 - share) + values[:, below + 1] * share
    return between


def _changes(levels: Values, heard: NDArray[np.bool_], speed: float) -> _Changes:
    """Levels without their mean around each moment and over the bands.

    speed: seconds of this sound in which as much happens as in one second of A.
    """
    reach = round(MEAN_SECONDS * ROWS_A_SECOND * speed / 2)
    weight = heard.astype(np.float32)[:, None]
    total = _window_sums(levels * weight, reach)
    mean = total / np.maximum(_window_sums(weight, reach), 1)
    moving = levels - mean
    values: Values = (moving - moving.mean(axis=1, keepdims=True)) * weight
    return _Changes(values.astype(np.float32), heard)


def _window_sums(values: Values, reach: int) -> Values:
    """The sum of each row with `reach` rows before and after it."""
    padded = np.pad(values, ((reach + 1, reach), (0, 0)))
    sums = np.cumsum(padded, axis=0, dtype=np.float64)
    windows: Values = (sums[2 * reach + 1 :] - sums[: -2 * reach - 1]).astype(np.float32)
    return windows


def _telling(a: _Changes, b: _Changes) -> bool:
    """Whether both are heard for long enough at the same moments, and change."""
    both = a.heard & b.heard
    if both.sum() < LEAST_SECONDS * ROWS_A_SECOND:
        return False
    return all(np.square(each.values[both]).mean() >= LEAST_CHANGE**2 for each in (a, b))


def _score_near(a: _Changes, b: _Changes, line: Rows) -> float:
    """The best correlation over lines whose ends are within SLACK_SECONDS of those of `line`."""
    reach = round(SLACK_SECONDS / SLACK_STEP)
    slacks = np.arange(-reach, reach + 1) * SLACK_STEP * ROWS_A_SECOND
    return max(
        _correlation(a, b.at(line + np.linspace(start, end, len(line))))
        for start in slacks
        for end in slacks
    )


def _correlation(a: _Changes, b: _Changes) -> float:
    """Correlation of changes of shape (n, bands), over the moments heard in both."""
    product = np.vdot(a.values, b.values)
    power = np.square(a.values[b.heard]).sum() * np.square(b.values[a.heard]).sum()
    return float(product / max(math.sqrt(power), 1e-6))


def _score_anywhere(a: _Changes, b: _Changes, speed: float) -> tuple[float, float]:
    """The best correlation of A with any part of B at `speed`, and the row where that starts.

    Parts in which less than half of A is heard, or less than LEAST_SECONDS, do not count.
    """
    b = b.at(np.arange(0, len(b.values), speed))
    product = _sliding_products(a.values, b.values)
    heard_a, heard_b = (each.heard.astype(np.float32)[:, None] for each in (a, b))
    power_a = _sliding_products(np.square(a.values).sum(axis=1, keepdims=True), heard_b)
    power_b = _sliding_products(heard_a, np.square(b.values).sum(axis=1, keepdims=True))
    rows = _sliding_products(heard_a, heard_b)
    enough = rows >= max(LEAST_SECONDS * ROWS_A_SECOND, a.heard.sum() / 2)
    least_power = np.square(LEAST_CHANGE) * a.values.shape[1] * np.maximum(rows, 1)
    power = np.sqrt(np.maximum(power_a, least_power) * np.maximum(power_b, least_power))
    scores = np.where(enough, product / power, -1)
    best = int(scores.argmax())
    return float(scores[best]), (best - len(a.values) + 1) * speed


def _sliding_products(a: Values, b: Values) -> Values:
    """Sums of the products of A (n, k) and B (m, k), A sliding along B, shape (n + m - 1,).

    The first has the last row of A on the first row of B.
    """
    size = 1 << (len(a) + len(b) - 2).bit_length()
    spectra = np.fft.rfft(a[::-1], size, axis=0) * np.fft.rfft(b, size, axis=0)
    products = np.fft.irfft(spectra.sum(axis=1), size)[: len(a) + len(b) - 1]
    return np.asarray(products, np.float32)
