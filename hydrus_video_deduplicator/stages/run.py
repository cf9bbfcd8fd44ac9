"""A whole run: the stages in order, and pairs posted while the hashing goes on."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.errors import CallFailed, FileGone
from hydrus_video_deduplicator.library import Library
from hydrus_video_deduplicator.matching import Kind
from hydrus_video_deduplicator.stages import posting, searching, tagging, undo
from hydrus_video_deduplicator.stages.events import (
    Compared,
    Event,
    Failed,
    Found,
    Gone,
    Hashed,
    HubFound,
    SimilarPair,
    TooLittle,
)
from hydrus_video_deduplicator.stages.hashing import hash_file
from hydrus_video_deduplicator.stages.listening import listen
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Fingerprint, Store

POST_EVERY_SECONDS = 180.0
"""While files are being hashed, the pairs found so far are posted so often. Sooner shows the user
more to judge; each time costs one comparison of the new files with all."""

SEARCH_SHARE = 0.1
"""Share of a run's time that may be spent on comparing while files are being hashed, 0 to 1: in a
large library a comparison takes minutes, and pairs are posted less often."""


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


def run(
    job: Job,
    library: Library,
    store: Store,
    crew: Crew,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Event]:
    """Do the job; what happens is told by the events."""
    if not library.keeps_pairs:
        store.forget_ledger(library.identity)
    if not job.dry_run:
        yield from undo.put_back(store, library)
    videos = library.find()
    if job.hashes:
        next_post = clock() + POST_EVERY_SECONDS
        for event in hash_and_tag(job, library, store, videos, crew):
            yield event
            if job.posts and (start := clock()) >= next_post:
                yield from search_and_post(job, library, store, videos, crew)
                took = clock() - start
                next_post = start + took + max(POST_EVERY_SECONDS, took / SEARCH_SHARE)
    else:
        yield Found(len(videos), 0)
    if job.posts:
        yield from search_and_post(job, library, store, videos, crew)
    yield from too_little(store, videos)


def hash_and_tag(
    job: Job, library: Library, store: Store, videos: list[str], crew: Crew
) -> Iterator[Event]:
    """Hash what has no signature here, and tag what has no tag in the library."""
    signed = store.signed(signature.ALGORITHM)
    skipped = {} if job.retry_failed else store.failures(signature.ALGORITHM)
    to_hash = [sha256 for sha256 in videos if sha256 not in signed and sha256 not in skipped]
    yield Found(len(videos), len(to_hash))
    for sha256 in videos:
        if sha256 in skipped:
            yield Failed(library.label(sha256), skipped[sha256], sha256)

    untagged: set[str] = set()
    try:
        untagged = library.untagged(tagging.NAMESPACE, videos) if job.tags else untagged
    except CallFailed as error:
        yield Failed("the tags", f"{error}; none is written in this run")
    for sha256 in videos:
        if sha256 not in untagged or sha256 not in signed:
            continue
        if video_hash := store.video_hash(sha256, signature.ALGORITHM):
            yield tagging.tag(library, sha256, video_hash, job.dry_run)
    work = ((sha256, library.source(sha256)) for sha256 in to_hash)
    for event in crew.work_through(hash_file, work, partial(_kept, library, store)):
        yield event
        if isinstance(event, Hashed) and event.sha256 in untagged:
            yield tagging.tag(library, event.sha256, event.video_hash, job.dry_run)


def _kept(library: Library, store: Store, sha256: str, outcome: Fingerprint | Exception) -> Event:
    if isinstance(outcome, Fingerprint):
        store.add_fingerprint(sha256, signature.ALGORITHM, outcome)
        return Hashed(sha256, outcome.video_hash)
    if isinstance(outcome, FileGone):
        return Gone(sha256)
    reason = str(outcome) or type(outcome).__name__
    if not isinstance(outcome, CallFailed | OSError):  # what lies in the file stays so
        store.add_failure(sha256, signature.ALGORITHM, reason)
    return Failed(library.label(sha256), reason, sha256)


def too_little(store: Store, videos: list[str]) -> Iterator[Event]:
    """Name the videos that cannot be judged: none is dropped in silence."""
    reasons = store.too_little(signature.ALGORITHM)
    yield from (TooLittle(sha256, reasons[sha256]) for sha256 in videos if sha256 in reasons)


def search_and_post(
    job: Job, library: Library, store: Store, videos: Collection[str], crew: Crew
) -> Iterator[Event]:
    """Find the similar pairs among all signatures and post those that are due."""
    searching.compare_new(store, crew.pool)
    yield from listen(store, library, videos, job.threshold, crew)
    found = searching.search(store, job.threshold, job.kinds)
    for hub in found.hubs:
        yield HubFound(hub.key, hub.pairs)
    yield from post(job, library, store, videos, found.matches)


def post(
    job: Job,
    library: Library,
    store: Store,
    videos: Collection[str],
    matches: Sequence[SimilarPair],
) -> Iterator[Event]:
    """Post the matches that have not been dealt with; a dry run only shows them."""
    plan = posting.plan_posting(store, library, videos, matches)
    yield Compared(len(matches), len(plan.due))
    if job.dry_run:
        yield from posting.show(plan)
    else:
        yield from posting.carry_out(plan, store, library)


def run_by_tag(job: Job, library: Library, store: Store, max_distance: int) -> Iterator[Event]:
    """Compare the tags alone and post the pairs of at most `max_distance` differing bits of 64."""
    videos = library.find()
    yield Found(len(videos), 0)
    matches = tagging.compare_tags(library, videos, max_distance)
    yield from post(job, library, store, videos, matches)
