"""The stage that hashes files: each once, the newest first, and tags them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.errors import (
    CallFailed,
    FileGone,
    LimitReached,
    NoMovingPicture,
    UnreadableVideo,
)
from hydrus_video_deduplicator.library import Extent, Library
from hydrus_video_deduplicator.stages import tagging
from hydrus_video_deduplicator.stages.events import (
    Begun,
    Event,
    Failed,
    FailedAgain,
    FailedBefore,
    Found,
    Gone,
    Hashed,
    Measured,
    NoVideo,
    Of,
    Outdated,
    Stage,
)
from hydrus_video_deduplicator.stages.hashing import ATTEMPT, hash_file
from hydrus_video_deduplicator.stages.job import Job
from hydrus_video_deduplicator.stages.pace import Pace
from hydrus_video_deduplicator.stages.site import Site
from hydrus_video_deduplicator.store import Fingerprint

OF_A_FILE = Hashed | Failed | FailedAgain | NoVideo | Gone
"""What may become of a file that is handed to a worker."""


def hash_and_tag(
    job: Job, site: Site, pace: Pace, time_left: Callable[[], float]
) -> Iterator[Event]:
    """Hash what has no signature here, and tag what has no tag in the library.

    time_left: seconds for files that are handed to a worker now. The newest imports come first.
    """
    skipped = set() if job.retry_failed else _failed_before(site)
    new, outdated = _due(site, skipped)
    to_hash = new + outdated
    yield Found(len(site.videos), len(to_hash))
    if outdated:
        yield Outdated(outdated)
    yield Begun(Stage.HASH, len(to_hash))
    site.crew.gate.enter()
    measured = _measured(site.library, to_hash)
    pace.expect(dict(measured.extents))
    yield measured
    if failed_before := skipped.intersection(site.videos):
        yield FailedBefore(len(failed_before))
    untagged: set[str] = set()
    try:
        untagged = _untagged(site) if job.tags else untagged
    except CallFailed as error:
        yield Failed("the tags", f"{error}; none is written in this run", of=Of.RUN)
    yield from _tag_hashed(job, site, untagged.difference(new))
    for event in _hash(site, pace.in_time(to_hash, time_left), measured.extents):
        if isinstance(event, OF_A_FILE) and event.sha256 is not None:
            pace.finish(event.sha256)
        yield event
        if isinstance(event, Hashed) and event.sha256 in untagged:
            yield tagging.tag(site.library, event.sha256, event.video_hash, job.dry_run)
    if job.tags:  # at the end, when as many files as possible are known
        yield from tagging.repair(
            site.library, site.store, site.videos, site.crew.gate, dry_run=job.dry_run
        )


def still_to_hash(site: Site) -> int:
    """How many files the next run would hash."""
    return sum(map(len, _due(site, _failed_before(site))))


def unhashed(site: Site) -> int:
    """How many of them nobody has hashed."""
    new, _ = _due(site, _failed_before(site))
    return len(new)


def _untagged(site: Site) -> set[str]:
    return site.library.untagged(tagging.NAMESPACE, site.videos)


def _tag_hashed(job: Job, site: Site, untagged: Collection[str]) -> Iterator[Event]:
    """Tag what an earlier run has hashed."""
    for sha256 in site.videos:
        if site.crew.ending.is_due():
            return
        if sha256 not in untagged:
            continue
        if video_hash := site.store.signatures.video_hash(sha256, signature.ALGORITHM):
            yield tagging.tag(site.library, sha256, video_hash, job.dry_run)


def _hash(site: Site, files: Iterable[str], extents: Mapping[str, Extent]) -> Iterator[Event]:
    work = ((sha256, site.library.source(sha256)) for sha256 in files)
    yield from site.crew.work_through(hash_file, work, partial(_kept, site, extents))


def _due(site: Site, skipped: Collection[str]) -> tuple[list[str], list[str]]:
    """The videos to hash for the first time, and those that an earlier version hashed."""
    store = site.store
    signed = store.signatures.files(signature.ALGORITHM)
    outdated = store.signatures.outdated(signature.ALGORITHM)
    in_vain = {*skipped, *store.failures.no_videos(ATTEMPT)}
    due = [sha256 for sha256 in site.videos if sha256 not in in_vain]
    return [s for s in due if s not in signed], [s for s in due if s in outdated]


def _failed_before(site: Site) -> set[str]:
    """The files that would only fail again; with a higher limit, one that met it may not."""
    crew = site.crew
    return site.store.failures.within(ATTEMPT, crew.memory_limit, crew.time_limit)


def _measured(library: Library, to_hash: list[str]) -> Measured:
    try:
        return Measured(library.extents(to_hash))
    except CallFailed:  # only the time left cannot be told then
        return Measured({})


def _kept(
    site: Site, extents: Mapping[str, Extent], sha256: str, outcome: Fingerprint | Exception
) -> Event:
    store, unreadable = site.store, site.unreadable
    if isinstance(outcome, FileGone):
        return Gone(sha256)
    if isinstance(outcome, CallFailed | OSError):  # may go better next time
        return unreadable.fail(sha256, str(outcome) or type(outcome).__name__)
    unreadable.read(sha256)
    if isinstance(outcome, Fingerprint):
        store.signatures.add(sha256, signature.ALGORITHM, outcome)
        return Hashed(sha256, outcome.video_hash)
    reason = str(outcome) or type(outcome).__name__
    if (kind := extents.get(sha256, Extent()).kind) and isinstance(outcome, UnreadableVideo):
        reason = f"{reason} (Hydrus calls it {kind})"
    if isinstance(outcome, LimitReached):
        store.failures.add(sha256, ATTEMPT, reason, memory=outcome.memory, seconds=outcome.seconds)
    elif isinstance(outcome, NoMovingPicture):
        store.failures.add(sha256, ATTEMPT, reason, is_no_video=True)
        return NoVideo(sha256, reason)
    else:  # what is wrong with the file stays so
        store.failures.add(sha256, ATTEMPT, reason)
    return Failed(site.library.label(sha256), reason, sha256)
