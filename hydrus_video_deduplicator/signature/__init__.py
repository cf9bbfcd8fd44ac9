"""The signature of a video: what its frames look like and when, small enough to keep for each."""

from hydrus_video_deduplicator.signature.sampling import schedule
from hydrus_video_deduplicator.signature.signature import (
    ALGORITHM,
    LEAST_MOTION,
    OVER_BLACK,
    PANELS,
    SUFFIXES,
    Signature,
    TooLittle,
    file_of,
    packed_shapes,
    sign,
    sign_panels,
)

__all__ = [
    "ALGORITHM",
    "LEAST_MOTION",
    "OVER_BLACK",
    "PANELS",
    "SUFFIXES",
    "Signature",
    "TooLittle",
    "file_of",
    "packed_shapes",
    "schedule",
    "sign",
    "sign_panels",
]
