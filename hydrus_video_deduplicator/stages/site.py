"""What the stages of a run have in common."""

from collections.abc import Sequence
from dataclasses import dataclass

from hydrus_video_deduplicator.library import Library
from hydrus_video_deduplicator.stages.unreadable import Unreadable
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Store


@dataclass(frozen=True, slots=True)
class Site:
    """Where the stages of a run work, and with whom.

    videos: the files that the run searches, the newest import first.
    unreadable: those of them that cannot be read now.
    """

    library: Library
    store: Store
    crew: Crew
    videos: Sequence[str]
    unreadable: Unreadable
