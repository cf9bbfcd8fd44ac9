"""Signatures of an earlier version are made again for files that are now read differently."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.errors import CallFailed
from hydrus_video_deduplicator.frames.rereading import is_read_otherwise
from hydrus_video_deduplicator.library import Library, Source
from hydrus_video_deduplicator.signature import Signature
from hydrus_video_deduplicator.stages.events import Doubted, Event, Outdated
from hydrus_video_deduplicator.stages.tagging import tag_of
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Store


@dataclass(frozen=True, slots=True)
class Doubt:
    """A file and the bytes of its signature of an earlier version."""

    source: Source
    signature: bytes

    def open(self) -> BinaryIO:
        """See `Source`."""
        return self.source.open()


def look_again(doubt: Doubt) -> bool:
    """Whether the signature has to be made again. Runs in a worker process."""
    kept = Signature.from_bytes(doubt.signature)
    with doubt.open() as file:
        return is_read_otherwise(file, kept.times, kept.duration, signature.schedule)


def forget_what_changed(
    library: Library,
    store: Store,
    videos: Collection[str],
    crew: Crew,
    *,
    tags: bool,
    dry_run: bool = False,
) -> Iterator[Event]:
    """Forget the signatures of an earlier version that would be different now.

    tags: whether their tags are removed too, so that the right ones are written.
    dry_run: only say which files would be checked. The next run checks a file that cannot be opened
        again.
    """
    doubtful = sorted(store.signatures.doubtful(signature.ALGORITHM).intersection(videos))
    if not doubtful:
        return
    yield Doubted(doubtful)
    if dry_run:
        return
    files = (
        (sha256, Doubt(library.source(sha256), packed))
        for sha256 in doubtful
        for packed in store.signatures.of(signature.ALGORITHM, [sha256]).values()
    )

    def keep(sha256: str, is_other: bool | Exception) -> bool:
        if isinstance(is_other, CallFailed | OSError):
            return False
        if is_other is not True:  # if no decoder can open a file any more, it stays as it is
            store.signatures.trust(sha256, signature.ALGORITHM)
            return False
        video_hash = store.signatures.video_hash(sha256, signature.ALGORITHM)
        if tags and video_hash is not None:
            library.remove_tags(sha256, [tag_of(video_hash)])
        for name in (sha256 + signature.OVER_BLACK, sha256):
            store.signatures.forget(name, signature.ALGORITHM)
        return True

    yield Outdated(sum(crew.work_through(look_again, files, keep)))
