"""What new matches say of other pairs: those are judged, whenever their files were compared."""

from collections.abc import Iterator, Set
from functools import lru_cache
from itertools import chain

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.batches import batches
from hydrus_video_deduplicator.library import Pair
from hydrus_video_deduplicator.match import LOOSEST, Match
from hydrus_video_deduplicator.matching import VIDEOS_KEPT, Video, followed, unsettled
from hydrus_video_deduplicator.signature import Signature
from hydrus_video_deduplicator.stages.ending import Ending
from hydrus_video_deduplicator.stages.events import Advanced, Begun, Stage
from hydrus_video_deduplicator.stages.grouping import grouped
from hydrus_video_deduplicator.store import Store

AT_ONCE = 1000
"""New matches, of one group of files if they can be, whose surroundings are looked at before what
follows is stored."""


def follow(store: Store, ending: Ending | None = None) -> Iterator[Begun | Advanced]:
    """Judge the pairs that new matches make copies of a third video. Yields its progress.

    ending: when to stop; the next run continues from there.
    """
    while new := store.matches.unfollowed(signature.ALGORITHM):
        yield Begun(Stage.COMPARE, len(new))
        for some in batches(chain.from_iterable(grouped(new)), AT_ONCE):
            store.matches.add_followed(signature.ALGORITHM, some, _found(store, frozenset(some)))
            yield Advanced(len(some))
            if ending is not None and ending.is_due():
                return


def _found(store: Store, pairs: Set[Pair]) -> list[Match]:
    """What follows from the new matches of some pairs."""
    files = set(chain.from_iterable(pairs))
    new, before = store.matches.of(signature.ALGORITHM, files)
    some = [match for match in new if match.pair in pairs]
    due = unsettled(some, [*new, *before], before)
    videos = {file for match in due.links for file in match.pair}
    packed = store.signatures.of(signature.ALGORITHM, videos)
    video = lru_cache(VIDEOS_KEPT)(lambda key: Video(Signature.from_bytes(packed[key])))
    return list(followed(due, video, LOOSEST))
