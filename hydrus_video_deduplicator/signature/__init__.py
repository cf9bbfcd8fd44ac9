"""The signature of a video: what its frames look like and when, small enough to keep for each."""

from hydrus_video_deduplicator.signature.sampling import schedule
from hydrus_video_deduplicator.signature.signature import (
    ALGORITHM,
    LEAST_MOTION,
    Signature,
    TooLittle,
    sign,
)

__all__ = ["ALGORITHM", "LEAST_MOTION", "Signature", "TooLittle", "schedule", "sign"]
