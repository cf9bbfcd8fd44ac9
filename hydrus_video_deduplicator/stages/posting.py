"""Post the pairs, and trust only what is read back.

The plan is a value: a dry run shows it, a run carries it out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hydrus_video_deduplicator.batches import batches
from hydrus_video_deduplicator.errors import CallFailed
from hydrus_video_deduplicator.library import Library, Pair, PairStatus
from hydrus_video_deduplicator.stages.events import Event, Failed, Planned, Posted, SimilarPair
from hydrus_video_deduplicator.store import DUE_AGAIN, PostState, Store

PAIRS_A_BATCH = 100
"""Pairs that are posted and read back together: 10 ms a post. A batch succeeds or fails as one."""

_STATE_BEFORE = {PairStatus.POTENTIAL: PostState.PRESENT, PairStatus.JUDGED: PostState.JUDGED}
_STATE_AFTER = {
    PairStatus.NONE: PostState.NOT_RECORDED,
    PairStatus.POTENTIAL: PostState.RECORDED,
    PairStatus.JUDGED: PostState.JUDGED,
}


@dataclass(frozen=True, slots=True)
class PostingPlan:
    """What is to be posted.

    due: the matches to be posted, the strongest first.
    begun: pairs that an earlier run posted and did not see recorded; these are ours, too.
    """

    due: Sequence[SimilarPair]
    begun: frozenset[Pair]


def plan_posting(store: Store, library: Library, matches: Sequence[SimilarPair]) -> PostingPlan:
    """Leave out what has been dealt with."""
    ledger = store.ledger.states(library.identity)
    begun = frozenset(pair for pair, state in ledger.items() if state in DUE_AGAIN)
    settled = ledger.keys() - begun
    return PostingPlan([match for match in matches if match.pair not in settled], begun)


def without_judged(library: Library, matches: Sequence[SimilarPair]) -> list[SimilarPair]:
    """The matches but for those of which the user has said that they are none.

    Of a library that keeps pairs itself, the posting asks, and tells of them.
    """
    statuses = library.statuses([match.pair for match in matches])
    told = zip(matches, statuses, strict=True)
    return [match for match, status in told if status is not PairStatus.JUDGED]


def show(plan: PostingPlan) -> Iterator[Event]:
    """What `carry_out` would post, for a dry run."""
    yield from map(Planned, plan.due)


def carry_out(plan: PostingPlan, store: Store, library: Library) -> Iterator[Event]:
    """Post every pair of the plan that the library does not hold already."""
    for batch in batches(plan.due, PAIRS_A_BATCH):
        by_pair = {match.pair: match for match in batch}
        try:
            states = _post(list(by_pair), plan.begun, store, library)
        except CallFailed as error:
            yield from (Failed(pair_name(library, pair), str(error)) for pair in by_pair)
            continue
        yield from (Posted(by_pair[pair], state) for pair, state in states.items())


def _post(
    pairs: list[Pair], begun: frozenset[Pair], store: Store, library: Library
) -> dict[Pair, PostState]:
    """Post one batch; returns what the library then holds of it.

    What the library held before is not ours. The intention is written down before the post, so that
    the pairs of a run that dies in between are known as ours.
    """
    before = dict(zip(pairs, library.statuses(pairs), strict=True))
    states = {
        pair: _STATE_BEFORE[status]
        for pair, status in before.items()
        if status in _STATE_BEFORE and pair not in begun
    }
    to_post = [
        pair
        for pair, status in before.items()
        if pair not in states and status is not PairStatus.GONE
    ]
    store.ledger.record(library.identity, states | dict.fromkeys(to_post, PostState.INTENDED))
    missing = [pair for pair in to_post if before[pair] is PairStatus.NONE]
    if missing:
        library.post(missing)
    after = zip(to_post, library.statuses(to_post), strict=True)
    read_back = {pair: _STATE_AFTER[status] for pair, status in after if status in _STATE_AFTER}
    store.ledger.record(library.identity, read_back)
    return states | read_back


def pair_name(library: Library, pair: Pair) -> str:
    """What to call a pair in a message to the user."""
    return " and ".join(library.label(sha256) for sha256 in pair)
