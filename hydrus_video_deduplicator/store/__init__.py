"""What this machine remembers between runs: signatures, failures, matches, and the pairs posted."""

from hydrus_video_deduplicator.store.lock import run_lock
from hydrus_video_deduplicator.store.store import (
    DUE_AGAIN,
    Fingerprint,
    PackedSketch,
    PostState,
    Store,
    has_store,
)

__all__ = [
    "DUE_AGAIN",
    "Fingerprint",
    "PackedSketch",
    "PostState",
    "Store",
    "has_store",
    "run_lock",
]
