"""What new matches say of other pairs: those are judged, whenever their files were compared."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.match import LOOSEST, Match
from hydrus_video_deduplicator.matching import VIDEOS_KEPT, Video, followed, unsettled
from hydrus_video_deduplicator.signature import Signature
from hydrus_video_deduplicator.stages.ending import Ending
from hydrus_video_deduplicator.stages.events import Advanced, Begun, Stage
from hydrus_video_deduplicator.store import Store

AT_ONCE = 1000
"""New matches whose surroundings are looked at before what follows is stored."""


def follow(store: Store, ending: Ending | None = None) -> Iterator[Begun | Advanced]:
    """Judge the pairs that new matches make copies of a third video. Yields its progress.

    ending: when to stop; the next run continues from there.
    """
    if not (count := store.matches.unfollowed_count(signature.ALGORITHM)):
        return
    yield Begun(Stage.COMPARE, count)
    while new := store.matches.unfollowed(signature.ALGORITHM, AT_ONCE):
        store.matches.add_followed(signature.ALGORITHM, new, _found(store, new))
        yield Advanced(len(new))
        if ending is not None and ending.is_due():
            return


def _found(store: Store, new: Sequence[Match]) -> list[Match]:
    """What follows from new matches."""
    files = {file for match in new for file in match.pair}
    known, before = store.matches.of(signature.ALGORITHM, files)
    due = unsettled(new, [*known, *before], before)
    videos = {file for match in due.links for file in match.pair}
    packed = store.signatures.of(signature.ALGORITHM, videos)
    video = lru_cache(VIDEOS_KEPT)(lambda key: Video(Signature.from_bytes(packed[key])))
    return list(followed(due.pairs, due.links, video, LOOSEST))
