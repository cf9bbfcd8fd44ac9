"""A whole run: the stages in order, and pairs posted while the hashing goes on."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.library import Library
from hydrus_video_deduplicator.match import Kind
from hydrus_video_deduplicator.stages import posting, searching, tagging, undo
from hydrus_video_deduplicator.stages.closer import look_closer
from hydrus_video_deduplicator.stages.events import (
    Advanced,
    Begun,
    Compared,
    EndedEarly,
    Event,
    Found,
    HubFound,
    Identical,
    PartlyRead,
    SimilarPair,
    Stage,
    TooLittle,
    Unhashed,
    Unverified,
)
from hydrus_video_deduplicator.stages.gate import TimeUp
from hydrus_video_deduplicator.stages.job import Job
from hydrus_video_deduplicator.stages.listening import listen
from hydrus_video_deduplicator.stages.pace import Pace
from hydrus_video_deduplicator.stages.signing import hash_and_tag, still_to_hash, unhashed
from hydrus_video_deduplicator.stages.site import Site
from hydrus_video_deduplicator.stages.unreadable import Unreadable
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Store

POST_EVERY_SECONDS = 180.0
"""While files are being hashed, the pairs found so far are posted so often. Sooner shows the user
more to judge; each time costs one comparison of the new files with all."""

SEARCH_SHARE = 0.1
"""Share of a run's time that may be spent on comparing while files are being hashed, 0 to 1: in a
large library a comparison takes minutes, and pairs are posted less often."""

LAST_SEARCH_SHARE = 0.1
"""Share of the time that a run may take at most which is kept for comparing and posting at its end,
0 to 1, as long as it is not known how long that takes."""

LAST_SEARCH_SLACK = 1.5
"""What is kept for it otherwise, as a multiple of the time that it took last, 1 or more: there are
more files each time."""


def run(job: Job, library: Library, store: Store, crew: Crew) -> Iterator[Event]:
    """Do the job; what happens is told by the events."""
    if not library.keeps_pairs:
        store.ledger.strike_all(library.identity)
    yield from _survey(library)
    unreadable = Unreadable(store, library, names_all=job.retry_failed)
    site = Site(library, store, crew, library.find(), unreadable)
    pace = Pace(crew.pool.slots, crew.gate.clock)
    was_held = False
    try:
        yield from _work(job, site, pace)
    except TimeUp:
        was_held = True
    yield from unreadable.doubt(site.videos, crew)
    yield from _hardly_judged(site)
    if crew.ending.is_due() or pace.too_long:
        yield replace(_what_is_left(job, site), too_long=len(pace.too_long), was_held=was_held)


def _survey(library: Library) -> Iterator[Event]:
    yield Begun(Stage.FIND)
    done = 0
    for surveyed in library.survey():
        is_first = not surveyed.done
        yield Begun(Stage.FIND, surveyed.total) if is_first else Advanced(surveyed.done - done)
        done = surveyed.done


def _work(job: Job, site: Site, pace: Pace) -> Iterator[Event]:
    """The work on the videos. Raises `TimeUp`."""
    if not job.dry_run and site.store.debts.owed(site.library.identity):
        site.crew.gate.enter()
        yield from undo.put_back(site.store, site.library)
    yield from site.unreadable.find()
    if job.posts and Kind.SAME in job.kinds:
        identical = site.library.identical().items()
        yield from (Identical(sha256, files) for sha256, files in identical)
    if job.hashes:
        yield from _hash_and_post(job, site, pace)
    else:
        yield from _found_unhashed(site)
    if job.posts:
        yield from _search_and_post(job, site)


def _found_unhashed(site: Site) -> Iterator[Event]:
    """What is found where nothing is hashed."""
    yield Found(len(site.videos))
    if files := unhashed(site):
        yield Unhashed(files)


def _hash_and_post(job: Job, site: Site, pace: Pace) -> Iterator[Event]:
    """Hash, and post now and then what has been found so far."""
    ending, clock = site.crew.ending, site.crew.gate.clock
    last_search = LAST_SEARCH_SHARE / LAST_SEARCH_SLACK * (ending.max_seconds or 0)

    def time_left() -> float:
        return ending.left() - (LAST_SEARCH_SLACK * last_search if job.posts else 0)

    next_post = clock() + POST_EVERY_SECONDS
    for event in hash_and_tag(job, site, pace, time_left):
        yield event
        posts_now = job.posts and not job.dry_run and not ending.is_due()
        if posts_now and (start := clock()) >= next_post:
            yield from _search_and_post(job, site)
            yield Begun(Stage.HASH)
            last_search = clock() - start
            next_post = start + last_search + max(POST_EVERY_SECONDS, last_search / SEARCH_SHARE)


def _search_and_post(job: Job, site: Site) -> Iterator[Event]:
    """Find the similar pairs among all signatures and post those that are due. Raises `TimeUp`."""
    gate = site.crew.gate
    gate.enter()
    yield from searching.compare_new(site.store, site.crew.pool, site.crew.ending)
    gate.enter()
    yield from look_closer(site)
    gate.enter()
    yield from listen(site, job.threshold)
    gate.enter()
    found = searching.search(site.store, job.threshold, job.kinds)
    for hub in found.hubs:
        yield HubFound(hub.key, hub.pairs)
    yield from _post(job, site, found.matches)


def _post(job: Job, site: Site, matches: Sequence[SimilarPair]) -> Iterator[Event]:
    """Post the matches of the videos that have not been dealt with; a dry run only shows them."""
    present = frozenset(site.videos)
    here = [match for match in matches if present.issuperset(match.pair)]
    if not job.dry_run:
        yield from posting.find_lost(site.store, site.library)
    plan = posting.plan_posting(site.store, site.library, here)
    yield Begun(Stage.POST, len(plan.due))
    yield Compared(len(here), len(plan.due), len(plan.held))
    if job.dry_run:
        yield from posting.show(plan)
    else:
        yield from posting.carry_out(plan, site.store, site.library, site.crew.gate)


def _hardly_judged(site: Site) -> Iterator[Event]:
    """Name the videos that cannot be judged, or only in part: none is dropped silently."""
    signatures, videos = site.store.signatures, site.videos
    reasons = signatures.too_little(signature.ALGORITHM)
    yield from (TooLittle(sha256, reasons[sha256]) for sha256 in videos if sha256 in reasons)
    shares = signatures.partly_read(signature.ALGORITHM)
    yield from (PartlyRead(sha256, shares[sha256]) for sha256 in videos if sha256 in shares)


def _what_is_left(job: Job, site: Site) -> EndedEarly:
    return EndedEarly(
        to_hash=still_to_hash(site) if job.hashes else 0,
        to_compare=len(searching.still_to_compare(site.store, site.videos)) if job.posts else 0,
    )


BY_TAG = (Stage.FIND, Stage.POST)
"""The stages of a run by the tags alone."""


def run_by_tag(
    job: Job, library: Library, store: Store, crew: Crew, max_distance: int
) -> Iterator[Event]:
    """Compare the tags alone and post the pairs of at most `max_distance` differing bits of 64."""
    site = Site(library, store, crew, library.find(), Unreadable(store, library))
    yield Found(len(site.videos))
    try:
        yield from _work_by_tag(job, site, max_distance)
    except TimeUp:  # nothing is kept, so the next run compares again
        yield EndedEarly(to_hash=0, to_compare=len(site.videos), was_held=True)


def _work_by_tag(job: Job, site: Site, max_distance: int) -> Iterator[Event]:
    site.crew.gate.enter()
    tags = tagging.read_tags(site.library, site.store, site.videos)
    if tags.unverified:
        yield Unverified(tags.unverified)
    yield from _post(job, site, tagging.compare_tags(tags.by_file, max_distance))
