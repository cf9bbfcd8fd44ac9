"""How far it is: what is hashed, what failed and why, what became of the pairs."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.batches import batches
from hydrus_video_deduplicator.library import Library, PairStatus
from hydrus_video_deduplicator.match import Kind
from hydrus_video_deduplicator.stages.hashing import ATTEMPT
from hydrus_video_deduplicator.stages.posting import PAIRS_A_BATCH
from hydrus_video_deduplicator.stages.searching import search
from hydrus_video_deduplicator.store import DUE_AGAIN, PostState, Store

FILE_NAMED = re.compile(r": '.*'$")
"""What a decoder adds to its reason."""


@dataclass(frozen=True, slots=True)
class Status:
    """Figures of a library. Without the library, those of all files that the store knows.

    videos: None without the library; so with waiting, judged, gone.
    failed, too_little: number of files by reason.
    uncompared: hashed files that have not been compared with all others.
    similar: pairs found by now at the threshold.
    posted: pairs that we posted and saw recorded. What became of them: waiting for the user,
        judged by him since, gone with a file of theirs.
    to_post: similar pairs that the next run posts.
    not_recorded: of those, the ones that were posted and not recorded.
    """

    videos: int | None
    hashed: int
    to_hash: int
    failed: Mapping[str, int]
    too_little: Mapping[str, int]
    uncompared: int
    similar: int
    posted: int
    to_post: int
    not_recorded: int
    waiting: int | None
    judged: int | None
    gone: int | None


def take_stock(
    store: Store, library: Library | None, threshold: float, kinds: Collection[Kind]
) -> Status:
    """The figures as of now. Raises what the library raises."""
    signed = store.signed(signature.ALGORITHM)
    failures = store.failures(ATTEMPT)
    stills = store.too_little(signature.ALGORITHM)
    known = signed | failures.keys()
    videos = known if library is None else set(library.find())
    ledger = {} if library is None else store.postings(library.identity)
    ours = sorted(pair for pair, state in ledger.items() if state is PostState.RECORDED)
    settled = {pair for pair, state in ledger.items() if state not in DUE_AGAIN}
    similar = [
        match for match in search(store, threshold, kinds).matches if videos >= set(match.pair)
    ]
    became: Counter[PairStatus] = Counter()
    keeps_pairs = library is not None and library.keeps_pairs
    if library is not None and keeps_pairs:
        for batch in batches(ours, PAIRS_A_BATCH):
            became.update(library.statuses(batch))
    return Status(
        videos=None if library is None else len(videos),
        hashed=len(videos & signed),
        to_hash=len(videos - known),
        failed=_counted(failures[sha256] for sha256 in videos & failures.keys()),
        too_little=_counted(stills[sha256] for sha256 in videos & stills.keys()),
        uncompared=len(store.uncompared(signature.ALGORITHM)),
        similar=len(similar),
        posted=len(ours),
        to_post=sum(match.pair not in settled for match in similar),
        not_recorded=sum(state is PostState.NOT_RECORDED for state in ledger.values()),
        waiting=became[PairStatus.POTENTIAL] if keeps_pairs else None,
        judged=became[PairStatus.JUDGED] if keeps_pairs else None,
        gone=became[PairStatus.GONE] if keeps_pairs else None,
    )


def _counted(reasons: Iterable[str]) -> dict[str, int]:
    return dict(Counter(FILE_NAMED.sub("", reason) for reason in reasons))
