"""Music that the tests make for themselves."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float32]
"""Samples of one channel, float32 (n,), -1 to 1."""

RATE = 16000
"""Samples a second."""

SECONDS = 9.0
SCALE = [0, 2, 4, 7, 9, 12, 14, 16, 19, 24]


@cache
def tune(seed: int, seconds: float = SECONDS, speed: float = 1.0, pitch: float = 1.0) -> Wave:
    """Music that no other seed has, of the notes of one scale, four a second.

    It is played `speed` times as fast and with frequencies `pitch` times as high.
    """
    random = np.random.default_rng(seed)
    since = np.arange(RATE) / RATE
    wave = np.zeros(round(seconds / speed * RATE) + RATE)
    for start in np.arange(0, seconds, 0.25):
        hertz = 220 * pitch * 2 ** (random.choice(SCALE) / 12)
        tones = sum(np.sin(2 * np.pi * k * hertz * since) / k for k in (1, 2, 3))
        place = round(start / speed * RATE)
        wave[place : place + RATE] += 0.15 * np.exp(-6 * speed * since) * tones
    return wave[:-RATE].astype(np.float32)
