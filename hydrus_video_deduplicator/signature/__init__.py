"""The signature of a video: what its frames look like and when, small enough to keep for each."""

from hydrus_video_deduplicator.signature.sampling import SHORTEST_INTERVAL, schedule
from hydrus_video_deduplicator.signature.signature import (
    ALGORITHM,
    LEAST_MOTION,
    OVER_BLACK,
    PANELS,
    Signature,
    TooLittle,
    file_of,
    is_of_stretch,
    packed_shapes,
    sign,
    sign_panels,
    sign_stretch,
    stretch_suffix,
)

__all__ = [
    "ALGORITHM",
    "LEAST_MOTION",
    "OVER_BLACK",
    "PANELS",
    "SHORTEST_INTERVAL",
    "Signature",
    "TooLittle",
    "file_of",
    "is_of_stretch",
    "packed_shapes",
    "schedule",
    "sign",
    "sign_panels",
    "sign_stretch",
    "stretch_suffix",
]
