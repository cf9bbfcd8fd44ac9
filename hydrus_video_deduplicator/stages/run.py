"""A whole run: the stages in order, and pairs posted while the hashing goes on."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
from hydrus_video_deduplicator.match import Kind
from hydrus_video_deduplicator.stages import posting, searching, tagging, undo
from hydrus_video_deduplicator.stages.closer import look_closer
from hydrus_video_deduplicator.stages.events import (
    Advanced,
    Begun,
    Compared,
    EndedEarly,
    Event,
    Failed,
    FailedAgain,
    FailedBefore,
    Found,
    Gone,
    Hashed,
    HubFound,
    Identical,
    Measured,
    NoVideo,
    Of,
    Outdated,
    PartlyRead,
    SimilarPair,
    Stage,
    TooLittle,
    Unverified,
)
from hydrus_video_deduplicator.stages.gate import Gate, TimeUp
from hydrus_video_deduplicator.stages.hashing import ATTEMPT, hash_file
from hydrus_video_deduplicator.stages.listening import listen
from hydrus_video_deduplicator.stages.pace import Pace
from hydrus_video_deduplicator.stages.unreadable import Unreadable
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Fingerprint, Store

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


def run(job: Job, library: Library, store: Store, crew: Crew) -> Iterator[Event]:
    """Do the job; what happens is told by the events."""
    if not library.keeps_pairs:
        store.ledger.strike_all(library.identity)
    yield from _survey(library)
    videos = library.find()
    pace = Pace(crew.pool.slots, crew.gate.clock)
    unreadable = Unreadable(store, library, names_all=job.retry_failed)
    was_held = False
    try:
        yield from _work(job, library, store, videos, crew, pace=pace, unreadable=unreadable)
    except TimeUp:
        was_held = True
    yield from unreadable.doubt(videos, crew)
    yield from hardly_judged(store, videos)
    if crew.ending.is_due() or pace.too_long:
        left = _what_is_left(job, store, videos, crew)
        yield replace(left, too_long=len(pace.too_long), was_held=was_held)


def _work(
    job: Job,
    library: Library,
    store: Store,
    videos: list[str],
    crew: Crew,
    *,
    pace: Pace,
    unreadable: Unreadable,
) -> Iterator[Event]:
    """The work on the videos. Raises `TimeUp`."""
    if not job.dry_run and store.debts.owed(library.identity):
        crew.gate.enter()
        yield from undo.put_back(store, library)
    yield from unreadable.find()
    if job.posts and Kind.SAME in job.kinds:
        yield from (Identical(sha256, files) for sha256, files in library.identical().items())
    if job.hashes:
        yield from _hash_and_post(
            job, library, store, videos, crew, pace=pace, unreadable=unreadable
        )
    else:
        yield Found(len(videos), 0)
    if job.posts:
        yield from search_and_post(job, library, store, videos, crew, unreadable=unreadable)


def _survey(library: Library) -> Iterator[Event]:
    yield Begun(Stage.FIND)
    done = 0
    for surveyed in library.survey():
        is_first = not surveyed.done
        yield Begun(Stage.FIND, surveyed.total) if is_first else Advanced(surveyed.done - done)
        done = surveyed.done


def _hash_and_post(
    job: Job,
    library: Library,
    store: Store,
    videos: list[str],
    crew: Crew,
    *,
    pace: Pace,
    unreadable: Unreadable,
) -> Iterator[Event]:
    """Hash, and post now and then what has been found so far."""
    clock = crew.gate.clock
    last_search = LAST_SEARCH_SHARE / LAST_SEARCH_SLACK * (crew.ending.max_seconds or 0)

    def time_left() -> float:
        return crew.ending.left() - (LAST_SEARCH_SLACK * last_search if job.posts else 0)

    next_post = clock() + POST_EVERY_SECONDS
    for event in hash_and_tag(
        job,
        library,
        store,
        videos,
        crew,
        pace=pace,
        unreadable=unreadable,
        time_left=time_left,
    ):
        yield event
        if (
            job.posts
            and not job.dry_run
            and (start := clock()) >= next_post
            and not crew.ending.is_due()
        ):
            yield from search_and_post(job, library, store, videos, crew, unreadable=unreadable)
            yield Begun(Stage.HASH)
            last_search = clock() - start
            next_post = start + last_search + max(POST_EVERY_SECONDS, last_search / SEARCH_SHARE)


def hash_and_tag(
    job: Job,
    library: Library,
    store: Store,
    videos: list[str],
    crew: Crew,
    *,
    pace: Pace,
    unreadable: Unreadable,
    time_left: Callable[[], float],
) -> Iterator[Event]:
    """Hash what has no signature here, and tag what has no tag in the library.

    time_left: seconds for files that are handed to a worker now. The newest imports come first.
    """
    skipped = set() if job.retry_failed else _failed_before(store, crew)
    new, outdated = _due(store, videos, skipped)
    unsigned, to_hash = set(new), new + outdated
    yield Found(len(videos), len(to_hash))
    if outdated:
        yield Outdated(outdated)
    yield Begun(Stage.HASH, len(to_hash))
    crew.gate.enter()
    measured = _measured(library, to_hash)
    pace.expect(dict(measured.extents))
    yield measured
    if failed_before := skipped.intersection(videos):
        yield FailedBefore(len(failed_before))

    untagged: set[str] = set()
    try:
        untagged = library.untagged(tagging.NAMESPACE, videos) if job.tags else untagged
    except CallFailed as error:
        yield Failed("the tags", f"{error}; none is written in this run", of=Of.RUN)
    for sha256 in videos:
        if crew.ending.is_due():
            break
        if sha256 not in untagged or sha256 in unsigned:
            continue
        if video_hash := store.signatures.video_hash(sha256, signature.ALGORITHM):
            yield tagging.tag(library, sha256, video_hash, job.dry_run)
    in_time = pace.in_time(to_hash, time_left)
    work = ((sha256, library.source(sha256)) for sha256 in in_time)
    keep = partial(_kept, library, store, measured.extents, unreadable=unreadable)
    for event in crew.work_through(hash_file, work, keep):
        if (
            isinstance(event, Hashed | Failed | FailedAgain | NoVideo | Gone)
            and event.sha256 is not None
        ):
            pace.finish(event.sha256)
        yield event
        if isinstance(event, Hashed) and event.sha256 in untagged:
            yield tagging.tag(library, event.sha256, event.video_hash, job.dry_run)
    if job.tags:  # at the end, when as many files as possible are known
        yield from tagging.repair(library, store, videos, crew.gate, dry_run=job.dry_run)


def _due(
    store: Store, videos: Sequence[str], skipped: Collection[str]
) -> tuple[list[str], list[str]]:
    """The videos to hash for the first time, and those that an earlier version hashed."""
    signed = store.signatures.files(signature.ALGORITHM)
    outdated = store.signatures.outdated(signature.ALGORITHM)
    in_vain = {*skipped, *store.failures.no_videos(ATTEMPT)}
    due = [sha256 for sha256 in videos if sha256 not in in_vain]
    return [s for s in due if s not in signed], [s for s in due if s in outdated]


def _failed_before(store: Store, crew: Crew) -> set[str]:
    """The files that would only fail again; with a higher limit, one that met it may not."""
    return store.failures.within(ATTEMPT, crew.memory_limit, crew.time_limit)


def _measured(library: Library, to_hash: list[str]) -> Measured:
    try:
        return Measured(library.extents(to_hash))
    except CallFailed:  # only the time left cannot be told then
        return Measured({})


def _what_is_left(job: Job, store: Store, videos: list[str], crew: Crew) -> EndedEarly:
    new, outdated = _due(store, videos, _failed_before(store, crew))
    return EndedEarly(
        to_hash=len(new) + len(outdated) if job.hashes else 0,
        to_compare=len(searching.still_to_compare(store, videos)) if job.posts else 0,
    )


def _kept(
    library: Library,
    store: Store,
    extents: Mapping[str, Extent],
    sha256: str,
    outcome: Fingerprint | Exception,
    *,
    unreadable: Unreadable,
) -> Event:
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
    return Failed(library.label(sha256), reason, sha256)


def hardly_judged(store: Store, videos: list[str]) -> Iterator[Event]:
    """Name the videos that cannot be judged, or only in part: none is dropped silently."""
    reasons = store.signatures.too_little(signature.ALGORITHM)
    yield from (TooLittle(sha256, reasons[sha256]) for sha256 in videos if sha256 in reasons)
    shares = store.signatures.partly_read(signature.ALGORITHM)
    yield from (PartlyRead(sha256, shares[sha256]) for sha256 in videos if sha256 in shares)


def search_and_post(
    job: Job,
    library: Library,
    store: Store,
    videos: Collection[str],
    crew: Crew,
    *,
    unreadable: Unreadable,
) -> Iterator[Event]:
    """Find the similar pairs among all signatures and post those that are due. Raises `TimeUp`."""
    crew.gate.enter()
    yield from searching.compare_new(store, crew.pool, crew.ending)
    crew.gate.enter()
    yield from look_closer(store, library, videos, crew, unreadable=unreadable)
    crew.gate.enter()
    yield from listen(store, library, videos, job.threshold, crew, unreadable=unreadable)
    crew.gate.enter()
    found = searching.search(store, job.threshold, job.kinds)
    for hub in found.hubs:
        yield HubFound(hub.key, hub.pairs)
    yield from post(job, library, store, videos, found.matches, gate=crew.gate)


def post(
    job: Job,
    library: Library,
    store: Store,
    videos: Collection[str],
    matches: Sequence[SimilarPair],
    *,
    gate: Gate,
) -> Iterator[Event]:
    """Post the matches among `videos` that have not been dealt with; a dry run only shows them."""
    present = frozenset(videos)
    here = [match for match in matches if present.issuperset(match.pair)]
    plan = posting.plan_posting(store, library, here)
    yield Begun(Stage.POST, len(plan.due))
    yield Compared(len(here), len(plan.due), len(plan.held))
    if job.dry_run:
        yield from posting.show(plan)
    else:
        yield from posting.carry_out(plan, store, library, gate)


BY_TAG = (Stage.FIND, Stage.POST)
"""The stages of a run by the tags alone."""


def run_by_tag(
    job: Job, library: Library, store: Store, max_distance: int, gate: Gate
) -> Iterator[Event]:
    """Compare the tags alone and post the pairs of at most `max_distance` differing bits of 64."""
    videos = library.find()
    yield Found(len(videos), 0)
    try:
        yield from _work_by_tag(job, library, store, videos, max_distance, gate=gate)
    except TimeUp:  # nothing is kept, so the next run compares again
        yield EndedEarly(to_hash=0, to_compare=len(videos), was_held=True)


def _work_by_tag(
    job: Job, library: Library, store: Store, videos: list[str], max_distance: int, *, gate: Gate
) -> Iterator[Event]:
    gate.enter()
    tags = tagging.read_tags(library, store, videos)
    if tags.unverified:
        yield Unverified(tags.unverified)
    matches = tagging.compare_tags(tags.by_file, max_distance)
    yield from post(job, library, store, videos, matches, gate=gate)
