"""The progress: what is hashed, what failed and why, what happened to the pairs."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.batches import batches
from hydrus_video_deduplicator.library import Library, PairStatus
from hydrus_video_deduplicator.match import Kind
from hydrus_video_deduplicator.signature import file_of
from hydrus_video_deduplicator.stages.hashing import ATTEMPT
from hydrus_video_deduplicator.stages.posting import PAIRS_A_BATCH
from hydrus_video_deduplicator.stages.searching import search, still_to_compare
from hydrus_video_deduplicator.stages.tagging import NAMESPACE, mistagged
from hydrus_video_deduplicator.stages.unreadable import noted as noted_unreadable
from hydrus_video_deduplicator.store import PostState, Store

FILE_NAMED = re.compile(r": '.*'$")
"""What a decoder adds to its reason."""


@dataclass(frozen=True, slots=True)
class Tags:
    """How many of the videos carry which tag of ours in the library.

    own: the hash of their own frames. others: another hash, too or alone; the next run repairs it.
    unverified: one that nobody here can verify, as the file was not hashed here. none: no hash.
    """

    own: int
    others: int
    unverified: int
    none: int


@dataclass(frozen=True, slots=True)
class Status:
    """Figures of a library. Without the library, those of all files that the store knows.

    videos: None without the library; so with waiting, judged, gone, removed,
        in_hydrus and tags.
    to_hash: files that no run has come to, or that could not be read: that may pass, so each run
        tries them again; and those that an earlier version hashed.
    failed, no_video, too_little: number of files by reason. Nothing is wrong with those that have
        no moving picture.
    failures: the reason for each failed file, as messages name it.
    unreadable: the same for each file that could not be read when it was last tried, or now; none
        without the library.
    indistinct: why each file has no distinct picture to compare, by its name.
    partly_read: the share, 0 to 1, of each file that could be decoded only in part, by its name.
    search: what to search for in Hydrus to see the files that failed, could not be read, or could
        be decoded only in part; empty if paths name them, or without Hydrus.
    uncompared: hashed files that have not been compared with all others.
    similar: pairs found by now at the threshold, all of them in one of the following.
    similar_posted: pairs that we posted and saw recorded.
    present, judged_before: pairs that were waiting there, or judged, before we came.
    to_post: pairs that no run has posted; the next one does.
    not_recorded: pairs that were posted and not recorded; the next run posts them again.
    posted: pairs that we ever posted and saw recorded, of these videos or of files that have left
        the library. What became of them: waiting for the user, judged by him since, gone with a
        file of theirs, or removed by the user.
    posted_otherwise: of those, pairs of these videos that are not similar at these settings: found
        by tag, or at a lower threshold.
    not_recorded_otherwise: as `posted_otherwise`, of pairs that were not recorded.
    in_hydrus: potential pairs that wait in the library among those of the videos that have a tag of
        ours, whoever posted them; None, too, if the query has a limit.
    """

    videos: int | None
    hashed: int
    to_hash: int
    failed: Mapping[str, int]
    failures: Mapping[str, str]
    unreadable: Mapping[str, str]
    no_video: Mapping[str, int]
    too_little: Mapping[str, int]
    indistinct: Mapping[str, str]
    partly_read: Mapping[str, float]
    search: str
    uncompared: int
    similar: int
    similar_posted: int
    present: int
    judged_before: int
    to_post: int
    not_recorded: int
    posted: int
    posted_otherwise: int
    not_recorded_otherwise: int
    waiting: int | None
    judged: int | None
    gone: int | None
    removed: int | None
    in_hydrus: int | None
    tags: Tags | None


def take_stock(
    store: Store, library: Library | None, threshold: float, kinds: Collection[Kind]
) -> Status:
    """The figures as of now. Raises what the library raises."""
    signed = set(map(file_of, store.signatures.files(signature.ALGORITHM)))
    noted = store.failures.reasons(ATTEMPT)
    stills = store.signatures.too_little(signature.ALGORITHM)
    no_videos = store.failures.no_videos(ATTEMPT)
    known = signed | noted.keys() | no_videos.keys()
    outdated = store.signatures.outdated(signature.ALGORITHM) - noted.keys() - no_videos.keys()
    videos = known if library is None else set(library.find())
    failed = sorted(videos & noted.keys())
    shares = store.signatures.partly_read(signature.ALGORITHM)
    partly_read = {s: share for s, share in sorted(shares.items()) if s in videos}
    indistinct = {s: reason for s, reason in sorted(stills.items()) if s in videos}
    unread = {} if library is None else noted_unreadable(store, library)
    to_read = sorted(videos & unread.keys())
    named = [*failed, *to_read, *partly_read, *indistinct]
    name = str if library is None else library.label
    failures = {name(sha256): noted[sha256] for sha256 in failed}
    unlisted = {} if library is None else library.unreadable()
    ledger = {} if library is None else store.ledger.states(library.identity)
    ours = sorted(pair for pair, state in ledger.items() if state is PostState.RECORDED)
    found = search(store, threshold, kinds).matches
    similar = {match.pair for match in found if videos.issuperset(match.pair)}
    held = Counter(ledger.get(pair) for pair in similar)
    otherwise = Counter(
        state for pair, state in ledger.items() if videos.issuperset(pair) and pair not in similar
    )
    became: Counter[PairStatus] = Counter()
    keeps_pairs = library is not None and library.keeps_pairs
    if library is not None and keeps_pairs:
        for batch in batches(ours, PAIRS_A_BATCH):
            statuses = zip(batch, library.statuses(batch), strict=True)
            became.update(
                status
                for pair, status in statuses
                if status is PairStatus.GONE or videos.issuperset(pair)
            )
    return Status(
        videos=None if library is None else len(videos),
        hashed=len(videos & signed),
        to_hash=len(videos - known) + len(videos & outdated),
        failed=_counted(failures.values()),
        failures=failures,
        unreadable={name(sha256): unread[sha256] for sha256 in to_read} | dict(unlisted),
        no_video=_counted(no_videos[sha256] for sha256 in videos & no_videos.keys()),
        too_little=_counted(indistinct.values()),
        indistinct={name(sha256): reason for sha256, reason in indistinct.items()},
        partly_read={name(sha256): round(share, 3) for sha256, share in partly_read.items()},
        search=library.search_for(named) if library is not None and named else "",
        uncompared=len(still_to_compare(store, videos)),
        similar=len(similar),
        similar_posted=held[PostState.RECORDED],
        present=held[PostState.PRESENT],
        judged_before=held[PostState.JUDGED],
        to_post=held[None] + held[PostState.INTENDED],
        not_recorded=held[PostState.NOT_RECORDED],
        posted=became.total() if keeps_pairs else len(ours),
        posted_otherwise=otherwise[PostState.RECORDED],
        not_recorded_otherwise=otherwise[PostState.NOT_RECORDED],
        waiting=became[PairStatus.POTENTIAL] if keeps_pairs else None,
        judged=became[PairStatus.JUDGED] if keeps_pairs else None,
        gone=became[PairStatus.GONE] if keeps_pairs else None,
        removed=became[PairStatus.NONE] if keeps_pairs else None,
        in_hydrus=library.waiting(NAMESPACE) if library is not None and keeps_pairs else None,
        tags=_tags(library, store, videos) if library is not None and keeps_pairs else None,
    )


def _tags(library: Library, store: Store, videos: Collection[str]) -> Tags:
    present = set(videos)
    wrongly = list(mistagged(library, store, present))
    wrong = {file.sha256 for file in wrongly if file.wrong}
    none = library.untagged(NAMESPACE, present) | {f.sha256 for f in wrongly if not f.wrong}
    hashed = present & store.signatures.files(signature.ALGORITHM)
    return Tags(
        own=len(hashed - none - wrong),
        others=len(wrong),
        unverified=len(present - hashed - none),
        none=len(none),
    )


def _counted(reasons: Iterable[str]) -> dict[str, int]:
    return dict(Counter(FILE_NAMED.sub("", reason) for reason in reasons))
