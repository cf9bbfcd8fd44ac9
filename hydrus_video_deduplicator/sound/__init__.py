"""Sound as a second witness: whether two videos that look alike also sound alike."""

from hydrus_video_deduplicator.sound.comparison import LEAST_SECONDS, compare_sound
from hydrus_video_deduplicator.sound.soundprint import ALGORITHM, Soundprint, read_soundprint

__all__ = [
    "ALGORITHM",
    "LEAST_SECONDS",
    "Soundprint",
    "compare_sound",
    "read_soundprint",
]
