"""The soundprint and its bytes."""

import zlib
from dataclasses import dataclass, field
from itertools import chain
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.sound.decoding import decode
from hydrus_video_deduplicator.sound.spectrum import BANDS, ROWS_A_SECOND, Powers, band_powers

ALGORITHM = "sound-1"
"""Name of this kind of soundprint. Those with another name are computed again, never compared."""

DECIBELS = 3.0
"""Decibels of one level. Finer is more bytes; at 6 a muffled copy no longer stands out."""

LEVELS = 16
"""Levels, so 45 dB from the faintest to the loudest, in 4 bits."""

BYTES_A_MINUTE = 3 * 1024
"""Bytes of the soundprint of a minute of sound, at most: 4 bits a level are 2880, of which zlib
saves a quarter as a rule."""

SILENT = 1e-6
"""Power over all bands below which a row is silent: -60 dB of full scale, as is faint hiss."""

LOUD_PERCENTILE = 90
"""Percentile of the power of the rows that stands for the loudness of the whole, to which levels
are relative: so the volume of a copy does not matter."""

LOUD_LEVEL = 12
"""Level of a band as strong as the whole of a loud row. Above it is room for peaks."""


@dataclass(frozen=True, slots=True)
class Soundprint:
    """How the power of a sound is spread over frequency and time.

    levels: uint8 (n, BANDS), 0 to LEVELS - 1, in steps of DECIBELS, ROWS_A_SECOND rows a second
        from the first picture of the video on. A silent row is all zeros.
    """

    levels: NDArray[np.uint8] = field(repr=False)

    @property
    def duration(self) -> float:
        """Seconds from the first picture to the end of the sound."""
        return len(self.levels) / ROWS_A_SECOND

    @property
    def audible(self) -> NDArray[np.bool_]:
        """Which rows are not silent, shape (n,)."""
        return np.asarray(self.levels.any(axis=1), np.bool_)

    @property
    def audible_seconds(self) -> float:
        """How long it is not silent."""
        return int(self.audible.sum()) / ROWS_A_SECOND

    def to_bytes(self) -> bytes:
        """The soundprint for the store: two levels a byte, band after band, packed by zlib."""
        by_band = self.levels.T.ravel()
        packed = by_band[::2] | by_band[1::2] << 4
        return zlib.compress(packed.tobytes(), 9)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Soundprint":
        """The soundprint that `to_bytes` gave. Raises ValueError if the bytes are not one."""
        try:
            packed = np.frombuffer(zlib.decompress(data), np.uint8)
            by_band = np.stack([packed & 15, packed >> 4], axis=1).reshape(BANDS, -1)
        except (zlib.error, ValueError) as error:
            raise ValueError(f"not a soundprint: {error}") from error
        return cls(np.ascontiguousarray(by_band.T))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Soundprint) and np.array_equal(self.levels, other.levels)

    def __hash__(self) -> int:
        return hash(self.levels.tobytes())


def read_soundprint(file: BinaryIO) -> Soundprint | None:
    """The soundprint of the first audio stream of a video file, from the first picture on.

    None if the file has no sound, or none that can be decoded. What it holds raises no error.
    """
    pieces = decode(file)
    first = next(pieces, None)
    return None if first is None else Soundprint(_levels(band_powers(chain([first], pieces))))


def _levels(powers: Powers) -> NDArray[np.uint8]:
    """The powers in steps of DECIBELS, relative to the loudness of the whole."""
    whole = powers.sum(axis=1)
    heard = whole >= SILENT
    if not heard.any():
        return np.zeros(powers.shape, np.uint8)
    loud = np.percentile(whole[heard], LOUD_PERCENTILE)
    decibels = 10 * np.log10(np.maximum(powers / loud, 1e-9))
    steps = np.clip(np.round(decibels / DECIBELS) + LOUD_LEVEL, 0, LEVELS - 1)
    levels: NDArray[np.uint8] = np.where(heard[:, None], steps, 0).astype(np.uint8)
    return levels
