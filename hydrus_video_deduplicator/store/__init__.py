"""What this machine remembers between runs, a module for each purpose.

`store` opens it; `schema` and `schema.sql` have the tables; `database` the connections.
"""

from hydrus_video_deduplicator.store.decisions import Decision, DecisionState
from hydrus_video_deduplicator.store.ledger import DUE_AGAIN, PostState
from hydrus_video_deduplicator.store.lock import run_lock
from hydrus_video_deduplicator.store.signatures import Fingerprint
from hydrus_video_deduplicator.store.sketches import PackedSketch, SketchSizes
from hydrus_video_deduplicator.store.store import Store, has_store

__all__ = [
    "DUE_AGAIN",
    "Decision",
    "DecisionState",
    "Fingerprint",
    "PackedSketch",
    "PostState",
    "SketchSizes",
    "Store",
    "has_store",
    "run_lock",
]
