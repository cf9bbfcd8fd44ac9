"""What a run is to do."""

from dataclasses import dataclass

from hydrus_video_deduplicator.match import Kind
from hydrus_video_deduplicator.stages.events import Stage


@dataclass(frozen=True, slots=True)
class Job:
    """What a run is to do.

    threshold: the score from which a pair is posted, 0 to 1.
    kinds: the kinds of match that are posted.
    """

    threshold: float
    kinds: frozenset[Kind]
    tags: bool = True
    hashes: bool = True
    posts: bool = True
    dry_run: bool = False
    retry_failed: bool = False

    @property
    def stages(self) -> tuple[Stage, ...]:
        """What there is to do, in order."""
        hashing = (Stage.HASH,) if self.hashes else ()
        posting = (Stage.COMPARE, Stage.LOOK, Stage.LISTEN, Stage.POST) if self.posts else ()
        return (Stage.FIND, *hashing, *posting)
